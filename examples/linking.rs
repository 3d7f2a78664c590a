//! Link entities to records of your own: a list of people, places or
//! organisations that you keep.
//!
//! ```console
//! $ cargo run --release -p griot-examples --example linking
//! ```

use griot::{AliasTable, Document, Entity, Linker, LinkerConfig, Pipeline, Target};

fn main() -> anyhow::Result<()> {
    // A record has an identifier, a name and other names. A name matches
    // whatever its case, accents and apostrophes.
    let table = AliasTable::new([
        entity("Q3703", "Bamako", "LOC", &["Бамако"]),
        entity(
            "Q58217",
            "Sergueï Lavrov",
            "PER",
            &["Sergei Lavrov", "Лавров", "Lavrov"],
        ),
    ])?;
    let linker = Linker::new(table, LinkerConfig::default());
    let pipeline = Pipeline::embedded()?.with_linker(linker);

    let text = "Sergueï Lavrov est arrivé à Bamako. M. Lavrov repart demain pour Niamey.";
    let annotation = pipeline.annotate(Document::new("1", text)?)?;
    for link in &annotation.links {
        let name = annotation.surface(&link.mention);
        match &link.target {
            Target::Entity(id) => println!("{name} is {id}"),
            Target::Nil => println!("{name} is not in the list"),
        }
    }
    Ok(())
}

fn entity(id: &str, name: &str, label: &str, aliases: &[&str]) -> Entity {
    Entity {
        id: id.into(),
        name: name.to_owned(),
        label: Some(label.into()),
        aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
        popularity: 0.0,
    }
}
