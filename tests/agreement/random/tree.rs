//! A sentence whose parts can be left out, or put in the place of the whole, so that it can be made smaller.

/// A truth as it is written.
#[derive(Clone, Debug)]
pub struct Tree {
    pub parts: Vec<Part>,
    /// Needs no parentheses where it is part of another.
    pub alone: bool,
}

#[derive(Clone, Debug)]
pub enum Part {
    Text(String),
    /// A truth in it: it could stand for all.
    Truth(Tree),
    /// The same as an entry of a list, where it needs no parentheses.
    Entry(Tree),
    /// What may be left out.
    Extra(Vec<Part>),
}

impl From<&str> for Part {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Part {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Tree> for Part {
    fn from(tree: Tree) -> Self {
        Self::Truth(tree)
    }
}

/// A tree of its parts, one behind the other.
macro_rules! tree {
    ($($part:expr),* $(,)?) => {
        $crate::random::tree::Tree { parts: vec![$($crate::random::tree::Part::from($part)),*], alone: true }
    };
}
pub(super) use tree;

impl Tree {
    /// Needs parentheses where it is part of another.
    pub fn loose(mut self) -> Self {
        self.alone = false;
        self
    }

    pub fn text(&self) -> String {
        let mut text = String::new();
        write(&self.parts, &mut text);
        text
    }

    /// Trees that are smaller by one step.
    fn smaller(&self) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        inner(&self.parts, &mut found);
        found.extend(self.shorter());
        found
    }

    /// The same without a truth in the place of the whole.
    pub fn shorter(&self) -> Vec<Self> {
        changed(&self.parts).into_iter().map(|parts| Self { parts, alone: self.alone }).collect()
    }
}

fn write(parts: &[Part], text: &mut String) {
    for part in parts {
        match part {
            Part::Text(own) => text.push_str(own),
            Part::Truth(tree) if tree.alone => write(&tree.parts, text),
            Part::Truth(tree) => {
                text.push('(');
                write(&tree.parts, text);
                text.push(')');
            }
            Part::Entry(tree) => write(&tree.parts, text),
            Part::Extra(parts) => write(parts, text),
        }
    }
}

/// The truths that stand in parts themselves.
fn inner(parts: &[Part], found: &mut Vec<Tree>) {
    for part in parts {
        match part {
            Part::Text(_) => {}
            Part::Truth(tree) | Part::Entry(tree) => found.push(tree.clone()),
            Part::Extra(parts) => inner(parts, found),
        }
    }
}

/// The parts with one of them made smaller, or left out.
fn changed(parts: &[Part]) -> Vec<Vec<Part>> {
    let mut found = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let mut with = |new: Option<Part>| {
            let mut parts = parts.to_vec();
            match new {
                Some(new) => parts[at] = new,
                None => drop(parts.remove(at)),
            }
            found.push(parts);
        };
        match part {
            Part::Text(_) => {}
            Part::Truth(tree) => tree.smaller().into_iter().for_each(|tree| with(Some(Part::Truth(tree)))),
            Part::Entry(tree) => tree.smaller().into_iter().for_each(|tree| with(Some(Part::Entry(tree)))),
            Part::Extra(parts) => {
                with(None);
                changed(parts).into_iter().for_each(|parts| with(Some(Part::Extra(parts))));
            }
        }
    }
    found
}
