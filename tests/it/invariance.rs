//! How a text is computed does not change what is found in it.

use griot::{Document, Precision, RecognizerConfig};

use crate::{PIPELINE, assert_same, recognizer, texts};

#[test]
fn batch_is_single() {
    let texts = texts();
    let recognizer = PIPELINE.recognizer();
    let single: Vec<_> = texts
        .iter()
        .map(|d| recognizer.tag(d.text()).unwrap())
        .collect();
    let check = |order: &[usize], what: &str| {
        let batch: Vec<&str> = order.iter().map(|&i| texts[i].text()).collect();
        for (&i, mentions) in order.iter().zip(recognizer.tag_batch(&batch)) {
            assert_same(&mentions.unwrap(), &single[i], what);
        }
    };
    check(&[0, 1, 2, 3, 4], "in order");
    check(&[3, 0, 4, 2, 1], "shuffled");
    check(&[1, 1, 1], "repeated");
    check(&[2], "alone");
    check(&[], "empty");
}

#[test]
fn batch_size_and_threads_do_not_matter() {
    let texts = texts();
    let texts: Vec<&str> = texts[..3].iter().map(Document::text).collect();
    for precision in [Precision::F32, Precision::BF16, Precision::Int8] {
        let config = RecognizerConfig::default().with_precision(precision);
        let expected = recognizer(config.clone()).tag_batch(&texts);
        for (batch_tokens, threads) in [(1, 1), (333, 2), (1 << 14, 3)] {
            let config = config
                .clone()
                .with_batch_tokens(batch_tokens)
                .with_threads(threads);
            for (mentions, expected) in recognizer(config).tag_batch(&texts).iter().zip(&expected) {
                let what = format!("{precision}: batch of {batch_tokens} on {threads} threads");
                assert_same(
                    mentions.as_ref().unwrap(),
                    expected.as_ref().unwrap(),
                    &what,
                );
            }
        }
    }
}

/// What is far from the cut of a window is not touched by it: repeating a short
/// text until it needs many windows repeats its mentions.
#[test]
fn long_text_repeats_short_text() {
    let short = "Sergueï Lavrov est arrivé à Bamako. Il a rencontré Abdoulaye Diop.\n\n";
    let expected = PIPELINE.recognizer().tag(short).unwrap();
    assert!(!expected.is_empty());
    let n = 100;
    let mentions = PIPELINE.recognizer().tag(&short.repeat(n)).unwrap();
    assert_eq!(mentions.len(), n * expected.len());
    for (index, mention) in mentions.iter().enumerate() {
        let offset = (index / expected.len() * short.len()) as u32;
        let same = &expected[index % expected.len()];
        let found = (mention.span.start() - offset, mention.span.end() - offset);
        assert_eq!(
            found,
            (same.span.start(), same.span.end()),
            "mention {index}"
        );
        assert_eq!(mention.label, same.label, "mention {index}");
    }
}

#[test]
fn stream_is_batch() {
    let documents: Vec<Document> = [texts(), texts()].concat();
    let streamed = PIPELINE.annotate_iter(documents.clone());
    let batch = PIPELINE.annotate_batch(documents);
    let mut n_documents = 0;
    for (streamed, batch) in streamed.zip(batch) {
        let (streamed, batch) = (streamed.unwrap(), batch.unwrap());
        assert_eq!(streamed.document, batch.document);
        assert_same(&streamed.mentions, &batch.mentions, streamed.document.id());
        n_documents += 1;
    }
    assert_eq!(n_documents, 10);
}

/// A stream reads ahead a bounded amount, not to the end.
#[test]
fn stream_is_lazy() {
    // Large and of one word, so that it costs little.
    let text = "a".repeat(100_000);
    let mut n_read = 0;
    let documents = (0..1_000_000).map(|number: usize| {
        n_read = number + 1;
        Document::new(number.to_string(), text.clone()).unwrap()
    });
    let first = PIPELINE.annotate_iter(documents).next().unwrap().unwrap();
    assert_eq!(first.document.id(), "0");
    assert!(
        n_read < 10,
        "{n_read} documents of 100 kB were read for the first result"
    );
}

#[test]
fn threshold_only_drops() {
    let config = RecognizerConfig::default()
        .with_threshold(0.9)
        .with_label_threshold("ORG", 0.5);
    let strict = recognizer(config);
    for document in texts() {
        let mut mentions = PIPELINE.recognizer().tag(document.text()).unwrap();
        let least = |label: &str| if label == "ORG" { 0.5 } else { 0.9 };
        mentions.retain(|mention| mention.score >= least(mention.label.as_str()));
        assert_same(
            &strict.tag(document.text()).unwrap(),
            &mentions,
            document.id(),
        );
    }
}
