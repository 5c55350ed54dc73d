//! Walks from things to what they rest on: where a walk comes back to itself, and how long it is.
//!
//! The walk keeps its own stack, so that a chain of a hundred thousand costs no more than its length.

/// What a walk over everything has found.
#[derive(Debug, Default)]
pub struct Walked {
    /// One member of every circle.
    pub circles: Vec<usize>,
    /// How far each thing is from one that rests on nothing.
    pub depths: Vec<usize>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

/// Walks from each thing to those that it rests on.
#[must_use]
pub fn walk(rests_on: &[Vec<usize>]) -> Walked {
    let mut states = vec![State::New; rests_on.len()];
    let mut walked = Walked { circles: Vec::new(), depths: vec![0; rests_on.len()] };
    for start in 0..rests_on.len() {
        // Each step: a thing, and how many of those that it rests on have been gone to.
        let mut path = vec![(start, 0)];
        while let Some((at, gone)) = path.pop() {
            let (Some(state), Some(below)) = (states.get_mut(at), rests_on.get(at)) else { continue };
            match (*state, gone) {
                (State::Done, _) => continue,
                (State::Open, 0) => {
                    walked.circles.push(at);
                    continue;
                }
                (State::New | State::Open, _) => *state = State::Open,
            }
            if let Some(next) = below.get(gone) {
                path.extend([(at, gone + 1), (*next, 0)]);
                continue;
            }
            *state = State::Done;
            let deepest = below.iter().filter_map(|next| walked.depths.get(*next)).max();
            let depth = deepest.map_or(0, |deepest| deepest + 1);
            if let Some(place) = walked.depths.get_mut(at) {
                *place = depth;
            }
        }
    }
    walked.circles.sort_unstable();
    walked.circles.dedup();
    walked
}

#[cfg(test)]
mod tests {
    use super::walk;

    #[test]
    fn a_circle_is_found_once_and_a_chain_is_none() {
        assert_eq!(walk(&[vec![1], vec![2], vec![1], vec![3], vec![]]).circles, [1, 3]);
        let chain: Vec<Vec<usize>> = (0..100_000).map(|at| if at == 99_999 { vec![] } else { vec![at + 1] }).collect();
        let walked = walk(&chain);
        assert!(walked.circles.is_empty());
        assert_eq!(walked.depths.first(), Some(&99_999));
    }

    #[test]
    fn two_ways_to_one_thing_are_no_circle() {
        assert!(walk(&[vec![1, 2], vec![3], vec![3], vec![]]).circles.is_empty());
    }
}
