//! Which entities of a knowledge base are state bodies, by the keys under which all
//! their names meet? Prints records to merge into the list it was built from.
//!
//! ```console
//! $ cargo run --release -p griot-link --example state_bodies -- my.kb > bodies.jsonl
//! ```

use std::collections::BTreeMap;

use griot_link::{KnowledgeBase, state_body_key};
use serde_json::json;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("no knowledge base given")?;
    let kb = KnowledgeBase::open(path)?;
    let mut bodies: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for entity in kb.iter().filter_map(|entity| kb.entity(entity)) {
        if entity.label.as_deref() != Some("ORG") {
            continue;
        }
        let names = entity.aliases.values().flatten().chain([&entity.name]);
        let keys = names.filter_map(|name| state_body_key(&kb, name));
        let of_its_country = |key: &String| {
            let country = key.split(':').nth(1);
            entity.country.is_none() || entity.country.as_deref() == country
        };
        for key in keys.filter(of_its_country) {
            let known = bodies.entry(key).or_default();
            if known.iter().all(|(id, _)| *id != entity.id) {
                known.push((entity.id.clone(), entity.name.clone()));
            }
        }
    }
    // What two entities claim is left to people.
    let mut records: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (key, mut entities) in bodies {
        if entities.len() == 1
            && let Some(entity) = entities.pop()
        {
            records.entry(entity).or_default().push(key);
        }
    }
    let lines = records
        .iter()
        .map(|((id, name), keys)| json!({"id": id, "name": name, "redirects": keys}));
    let lines: Vec<String> = lines.map(|line| line.to_string()).collect();
    std::io::Write::write_all(&mut std::io::stdout(), (lines.join("\n") + "\n").as_bytes())?;
    Ok(())
}
