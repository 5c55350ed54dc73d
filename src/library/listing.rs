//! What `trialc list` shows.
