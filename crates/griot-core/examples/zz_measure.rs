use griot_core::*;
use std::time::Instant;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    let mut config = RecognizerConfig::default();
    if args[2] != "0" { config = config.with_threads(args[2].parse().unwrap()); }
    config = config.with_batch_tokens(args[3].parse().unwrap());
    let r = Recognizer::load(&args[1], config).unwrap();
    let mut docs = Vec::new();
    for f in std::fs::read_dir("/work/main/examples/data").unwrap() {
        docs.push(std::fs::read_to_string(f.unwrap().path()).unwrap());
    }
    let sents: Vec<String> = docs.iter().flat_map(|d| d.split("\n").map(str::to_owned).collect::<Vec<_>>()).collect();
    let bytes: usize = docs.iter().map(String::len).sum();
    let mut best = [f64::MAX; 3];
    for _ in 0..5 {
        let t = Instant::now(); let n: usize = r.tag_batch(&docs).into_iter().map(|x| x.unwrap().len()).sum(); best[0] = best[0].min(t.elapsed().as_secs_f64());
        let t = Instant::now(); let m: usize = r.tag_batch(&sents).into_iter().map(|x| x.unwrap().len()).sum(); best[1] = best[1].min(t.elapsed().as_secs_f64());
        let t = Instant::now(); r.tag(&sents[0]).unwrap(); best[2] = best[2].min(t.elapsed().as_secs_f64());
        std::hint::black_box((n, m));
    }
    println!("{} bytes {} lines; docs {:.1} ms, lines {:.1} ms, first line ({} B) {:.2} ms", bytes, sents.len(), best[0]*1e3, best[1]*1e3, sents[0].len(), best[2]*1e3);
    if args.len() > 4 {
        for n in [100_000usize, 200_000, 400_000] {
            for (name, text) in [("words", "Amadou Hampâté Bâ, ".repeat(n / 22)), ("oneword", "Ségou".repeat(n / 6)), ("spaces", " ".repeat(n)), ("han", "习".repeat(n/3))] {
                let t = Instant::now(); r.tag(&text).unwrap(); println!("{name} {n}: {:.0} ms", t.elapsed().as_secs_f64()*1e3);
            }
        }
    }
}
