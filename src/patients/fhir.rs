//! FHIR R4.
use super::source::Head;
use super::{Shared, Step, Steps};
use std::sync::{Arc, Mutex};
#[derive(Clone, Default)]
pub(super) struct Loose(Arc<Mutex<Vec<()>>>);
pub(super) struct Resources<'a>(std::marker::PhantomData<&'a ()>);
impl<'a> Resources<'a> {
    pub(super) fn new(_: Arc<Shared<'a>>, _: &Arc<str>, _: Head<'a>, _: Loose) -> Self {
        Self(std::marker::PhantomData)
    }
}
impl Iterator for Resources<'_> {
    type Item = Step;
    fn next(&mut self) -> Option<Step> {
        None
    }
}
pub(super) fn grouped<'a>(_: Arc<Shared<'a>>, _: &Loose) -> Option<(Arc<str>, Steps<'a>)> {
    None
}
