//! Link entities: to the knowledge base in the library, to a list of your own, and
//! over several texts.
//!
//! ```console
//! $ cargo run --release -p griot-examples --example linking
//! ```

use griot::{Annotation, Document, Entity, KnowledgeBase, Linker, LinkerConfig, Pipeline, Target};

fn main() -> anyhow::Result<()> {
    // The knowledge base that comes with the library knows countries, cities, bodies
    // and people in public life.
    let pipeline = Pipeline::embedded_with_linker()?;
    let text = "Le président Macky Sall a reçu à Dakar la CEDEAO. Moscou a salué la rencontre.";
    show(&pipeline.annotate(Document::new("1", text)?)?);

    // A list of your own takes its place. Only `id` and `name` are required; a file
    // of such lines becomes a knowledge base with `griot kb build list.jsonl`.
    let list = [
        r#"{"id": "staff-1", "name": "Aminata Traoré", "type": "PER"}"#,
        r#"{"id": "site-7", "name": "Usine de Kati", "type": "LOC", "aliases": {"en": ["Kati plant"]}}"#,
    ];
    let entities: Vec<Entity> = list
        .iter()
        .map(|line| serde_json::from_str(line))
        .collect::<Result<_, _>>()?;
    let kb = KnowledgeBase::from_entities(entities)?;
    let pipeline = Pipeline::embedded()?.with_linker(Linker::new(kb, LinkerConfig::default()));
    show(&pipeline.annotate(Document::new(
        "2",
        "Mme Traoré (Aminata Traore) est à Bamako.",
    )?)?);

    // Over a stream of texts a resolver gives one identifier to one entity, known to
    // the knowledge base or not.
    let pipeline = Pipeline::embedded_with_linker()?;
    let linker = pipeline.linker().expect("it has one");
    let mut resolver = linker.resolver();
    for (id, text) in [
        (
            "3",
            "Fanta Koumaré, juge à Bamako, a rendu sa décision au Mali.",
        ),
        ("4", "Selon la juge Koumaré, à Bamako, le Mali fera appel."),
    ] {
        show(
            &pipeline
                .annotate(Document::new(id, text)?)?
                .resolved(&mut resolver),
        );
    }
    Ok(())
}

fn show(annotation: &Annotation) {
    println!("{}", annotation.document.text());
    for link in &annotation.links {
        let form = annotation.surface(&link.mention);
        match &link.target {
            Target::Entity(id) => println!("  {form} is {} ({id})", link.name),
            Target::Nil(id) => println!("  {form} is not in the knowledge base ({id})"),
        }
    }
}
