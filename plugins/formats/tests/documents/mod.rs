//! Provides ConfigMaps made of pairs, for the tests of the plugins that read documents.

use std::cell::RefCell;
use std::collections::BTreeMap;

use podweave_formats::{Read, Reference};

/// Documents by `ALIAS/KEY`, and a record of the reads.
#[derive(Default)]
pub struct Documents {
    documents: BTreeMap<String, String>,
    pub reads: RefCell<Vec<String>>,
}

impl Read for Documents {
    fn read(&self, reference: &Reference) -> Option<String> {
        let name = format!("{}/{}", reference.config_map, reference.key);
        self.reads.borrow_mut().push(name.clone());
        let found = self.documents.get(&name).cloned();
        assert!(
            found.is_some() || reference.optional,
            "podweave ends the render: {name} does not exist"
        );
        found
    }

    fn keys(&self) -> Vec<Reference> {
        self.documents
            .keys()
            .filter_map(|name| Reference::parse(name))
            .collect()
    }
}

pub fn documents<const N: usize>(documents: [(&str, &str); N]) -> Documents {
    Documents {
        documents: documents
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect(),
        ..Documents::default()
    }
}
