//! Link to a knowledge base of your own.
//!
//! ```console
//! $ cargo run --release -p griot-examples --example custom_kb
//! $ griot kb build staff.jsonl -o staff.kb
//! $ cargo run --release -p griot-examples --example custom_kb -- staff.kb
//! ```

use griot::{Document, Entity, KnowledgeBase, Linker, LinkerConfig, Pipeline, Target};

/// One entity a line. Only `id` and `name` are required.
const STAFF: &str = r#"
{"id": "staff-1", "name": "Aminata Traoré", "type": "PER", "description": "engineer in Kati"}
{"id": "staff-2", "name": "Ousmane Diallo", "type": "PER", "aliases": {"fr": ["Diallo Ousmane"]}}
{"id": "site-7", "name": "Usine de Kati", "type": "LOC", "aliases": {"en": ["Kati plant"]}}
"#;

const TEXT: &str = "Mme Aminata Traore a visité l'Usine de Kati avec M. Keïta.";

fn main() -> anyhow::Result<()> {
    let kb = match std::env::args().nth(1) {
        // A file is mapped into memory: it opens at once, whatever its size.
        Some(path) => KnowledgeBase::open(path)?,
        // A short list need not be a file.
        None => {
            let lines = STAFF.lines().filter(|line| !line.is_empty());
            let entities: Result<Vec<Entity>, _> = lines.map(serde_json::from_str).collect();
            KnowledgeBase::from_entities(entities?)?
        }
    };

    // A higher threshold leaves more names without an entity, and fewer wrong.
    let config = LinkerConfig::default().with_score_min(0.5);
    let pipeline = Pipeline::embedded()?.with_linker(Linker::new(kb, config));

    let annotation = pipeline.annotate(Document::new("visit", TEXT)?)?;
    for link in &annotation.links {
        let form = annotation.surface(&link.mention);
        match &link.target {
            Target::Entity(id) => println!("{form} is {id}, {} ({:.2})", link.name, link.score),
            Target::Nil(id) => println!("{form} is nobody of the list ({id})"),
        }
    }
    Ok(())
}
