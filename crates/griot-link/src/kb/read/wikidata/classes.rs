//! From the classes of an item to its type.

use super::ontology::{Class, Meaning, Ontology};

/// Which class is part of which, as pairs: 8 bytes each.
#[derive(Debug, Default)]
pub(super) struct Graph {
    /// Parent, child.
    edges: Vec<(u32, u32)>,
}

impl Graph {
    pub(super) fn add(&mut self, parent: u32, child: u32) {
        self.edges.push((parent, child));
    }

    /// Makes the graph ready for [`Nearest::new`].
    pub(super) fn sort(&mut self) {
        self.edges.sort_unstable();
        self.edges.dedup();
    }

    fn children(&self, parent: u32) -> &[(u32, u32)] {
        let start = self.edges.partition_point(|&(p, _)| p < parent);
        let len = self.edges[start..].partition_point(|&(p, _)| p == parent);
        &self.edges[start..start + len]
    }

    /// All classes, in order.
    fn classes(&self) -> Vec<u32> {
        let ends = self
            .edges
            .iter()
            .flat_map(|&(parent, child)| [parent, child]);
        let mut classes: Vec<u32> = ends.collect();
        classes.sort_unstable();
        classes.dedup();
        classes
    }
}

/// For each class below one of a list, which one is nearest above it: 8 bytes each.
#[derive(Debug)]
struct Nearest {
    /// In order.
    classes: Vec<u32>,
    /// For each class; [`NONE`] if it is below none.
    found: Vec<Found>,
}

/// A class of the ontology above another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    n_steps: u16,
    /// Place in the ontology.
    class: u16,
}

const NONE: Found = Found {
    n_steps: u16::MAX,
    class: u16::MAX,
};

impl Nearest {
    /// Breadth-first from `above`, so that cycles do no harm. Linear in the graph,
    /// but for a logarithm.
    fn new(above: &[Class], graph: &Graph) -> Self {
        let mut classes = graph.classes();
        classes.extend(above.iter().flat_map(|class| &class.ids));
        classes.sort_unstable();
        classes.dedup();
        let mut nearest = Self {
            found: vec![NONE; classes.len()],
            classes,
        };
        let mut reached = Vec::new();
        for (class, place) in above.iter().zip(0..) {
            for &id in &class.ids {
                nearest.reach(id, 0, place, &mut reached);
            }
        }
        // Those that were reached first come first, so that of equally near ones
        // the first of the list wins.
        let mut next = 0;
        while let Some(&(id, found)) = reached.get(next) {
            next += 1;
            for &(_, child) in graph.children(id) {
                nearest.reach(
                    child,
                    found.n_steps.saturating_add(1),
                    found.class,
                    &mut reached,
                );
            }
        }
        nearest
    }

    fn reach(&mut self, id: u32, n_steps: u16, class: u16, reached: &mut Vec<(u32, Found)>) {
        if let Ok(place) = self.classes.binary_search(&id)
            && self.found[place] == NONE
        {
            let found = Found { n_steps, class };
            self.found[place] = found;
            reached.push((id, found));
        }
    }

    fn get(&self, id: u32) -> Option<Found> {
        let place = self.classes.binary_search(&id).ok()?;
        Some(self.found[place]).filter(|&found| found != NONE)
    }
}

/// Types of items by their classes.
#[derive(Debug)]
pub(super) struct Types<'a> {
    ontology: &'a Ontology,
    classes: Nearest,
    occupations: Nearest,
}

/// What an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// An entity, with its type and finer type.
    Entity(&'a str, Option<&'a str>),
    /// Left out, as the ontology says.
    Dropped,
    /// Below no class of the ontology.
    Unknown,
}

impl<'a> Types<'a> {
    pub(super) fn new(ontology: &'a Ontology, graph: &Graph) -> Self {
        Self {
            ontology,
            classes: Nearest::new(&ontology.classes, graph),
            occupations: Nearest::new(&ontology.occupations, graph),
        }
    }

    /// What an item of `classes` is; `occupations` make the type of a person finer.
    pub(super) fn kind(&self, classes: &[u32], occupations: &[u32]) -> Kind<'a> {
        let above = |found: Found| &self.ontology.classes[usize::from(found.class)];
        let found = classes.iter().filter_map(|&id| self.classes.get(id));
        let dropped = |found| above(found).meaning == Meaning::DropAny;
        if found.clone().any(dropped) {
            return Kind::Dropped;
        }
        let Some(class) = found.min().map(above) else {
            return Kind::Unknown;
        };
        match &class.meaning {
            Meaning::Type(label) => {
                let occupation = self.occupation(label, occupations);
                Kind::Entity(label, occupation.or(class.fine.as_deref()))
            }
            _ => Kind::Dropped,
        }
    }

    fn occupation(&self, label: &str, occupations: &[u32]) -> Option<&'a str> {
        let found = occupations
            .iter()
            .filter_map(|&id| self.occupations.get(id));
        // The order of the list is one of renown, not of nearness.
        let first = found.filter(|_| label == "PER").min_by_key(|f| f.class)?;
        let class = &self.ontology.occupations[usize::from(first.class)];
        class.fine.as_deref()
    }
}
