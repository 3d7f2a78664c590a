//! Text to mentions, step by step.

mod pipeline;

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use griot_text::consistency::{Tagged, agree};
use griot_text::{
    Calibration, Consistency, LabelSet, Mention, Span, TagSet, decode, decode_calibrated,
};
use rayon::prelude::*;

use crate::batch::{Cost, pack, share};
use crate::config::setting;
use crate::encoder::{Encoder, Encoding};
use crate::info::ModelInfo;
use crate::manifest::Manifest;
use crate::times::{Clock, Stage};
use crate::vocabulary::Part;
use crate::window::{Window, WindowLimits, cut};
use crate::{Device, Engine, Error, ModelFiles, RecognizerConfig, Times, device};

/// Bytes of text that are read together: enough windows to sort by length, few
/// enough that memory does not grow with the number of texts.
const CHUNK_BYTES: usize = 1 << 20;

pub use pipeline::SubWordScores;

/// A named-entity recognizer: text in, mentions out.
///
/// It is cheap to clone and can be shared between threads; no lock is held while a
/// model computes. A text of any length is read as a whole, in overlapping windows where
/// it is too long for one, and its mentions are the same whatever other texts
/// are in the batch: bit for bit with the kernels, up to the rounding of 32-bit sums
/// with Candle.
///
/// Spans count **bytes** of the text as it was given, end exclusive. They are
/// sorted, disjoint, never inside a character and without white space at either
/// end, and no mention crosses the end of a sentence.
///
/// # Example
///
/// ```no_run
/// use griot_core::{Recognizer, RecognizerConfig};
///
/// let recognizer = Recognizer::load("models/my-model", RecognizerConfig::default())?;
/// let text = "Amadou Hampâté Bâ est né à Bandiagara.";
/// for mention in recognizer.tag(text)? {
///     println!("{} {}", &text[mention.span.range()], mention.label);
/// }
/// # Ok::<(), griot_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Recognizer {
    model: Arc<Model>,
}

/// What the clones of a recognizer share.
struct Model {
    encoder: Encoder,
    /// The tags as `config.json` names them.
    tags: Vec<String>,
    tag_set: TagSet,
    calibration: Option<Calibration>,
    info: ModelInfo,
    config: RecognizerConfig,
    windows: WindowLimits,
    batch_tokens: usize,
    pool: Option<rayon::ThreadPool>,
    clock: Clock,
}

/// What a model thinks of each word of a text, before decoding.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WordScores {
    /// The words, in bytes of the text, end exclusive.
    pub words: Vec<Span>,
    /// Natural logarithms of probabilities, row-major [words, tags], the tags
    /// in the order of [`Recognizer::tag_set`].
    pub log_probs: Vec<f32>,
    /// Tags in a row.
    pub n_tags: usize,
}

impl WordScores {
    /// The scores of word `index`, one a tag.
    ///
    /// # Panics
    ///
    /// If there are not so many words.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.log_probs[index * self.n_tags..][..self.n_tags]
    }
}

impl Recognizer {
    /// Loads the model in `folder`: `config.json`, `model.safetensors` and, for
    /// a family that reads sub-words, `tokenizer.json`.
    ///
    /// # Errors
    ///
    /// What is wrong with a file, with `config`, or with the device.
    pub fn load(folder: impl AsRef<Path>, config: RecognizerConfig) -> Result<Self, Error> {
        Self::from_bytes(&ModelFiles::read(folder)?, config)
    }

    /// Loads a model of the Hugging Face Hub, from the cache where it is there:
    /// `repo` is `org/name`, `revision` a branch, tag or commit, `main` by
    /// default. The environment says where the cache is and how to get to the
    /// hub; see [`Hub`](crate::hub::Hub).
    ///
    /// # Errors
    ///
    /// [`Error::Hub`], or what is wrong with a file.
    #[cfg(feature = "hub")]
    pub fn from_pretrained(repo: &str, revision: Option<&str>) -> Result<Self, Error> {
        let id = crate::hub::ModelId::new(repo, revision)?;
        let snapshot = crate::hub::Hub::from_env().pull(&id)?;
        Self::from_bytes(&snapshot.files()?, RecognizerConfig::default())
    }

    /// Builds a model from files in memory. They can be dropped afterwards.
    ///
    /// # Errors
    ///
    /// What is wrong with a file, with `config`, or with the device.
    pub fn from_bytes(files: &ModelFiles<'_>, config: RecognizerConfig) -> Result<Self, Error> {
        config.validate()?;
        let mut manifest = Manifest::from_json(&files.config)?;
        let tag_set = TagSet::from_names(&manifest.tags)?;
        config.validate_for(tag_set.labels())?;
        let device = device::open(config.device)?;
        let part = Part::choose(&mut manifest, files, &config)?;
        let backend = config.backend(device.device)?;
        let mut encoder = Encoder::load(&manifest, files, &device.backend, backend)?;
        let mut info = ModelInfo::new(files, manifest.architecture, &device, backend)?;
        info.warnings.extend(manifest.warnings.iter().cloned());
        part.apply(&mut encoder, &mut info)?;
        let windows = window_limits(&config, &encoder)?;
        let default_batch_tokens = match device.device {
            // Few enough for the processor's cache.
            Device::Cpu | Device::Auto => 1 << 9,
            Device::Cuda(_) | Device::Metal(_) => 1 << 14,
        };
        let model = Model {
            encoder,
            calibration: manifest.calibration(tag_set.labels())?,
            tag_set,
            info: info.with_window(windows.size),
            tags: manifest.tags,
            windows,
            batch_tokens: config.batch_tokens.unwrap_or(default_batch_tokens),
            pool: config.threads.map(start_pool).transpose()?,
            config,
            clock: Clock::default(),
        };
        Ok(Self {
            model: Arc::new(model),
        })
    }

    /// The small model that is compiled in, on the best device there is.
    ///
    /// # Errors
    ///
    /// When the model cannot be built, for example for lack of memory.
    #[cfg(feature = "embedded-model")]
    pub fn embedded() -> Result<Self, Error> {
        Self::embedded_with(RecognizerConfig::default())
    }

    /// The small model that is compiled in.
    ///
    /// # Errors
    ///
    /// What is wrong with `config` or with the device.
    #[cfg(feature = "embedded-model")]
    pub fn embedded_with(config: RecognizerConfig) -> Result<Self, Error> {
        Self::from_bytes(&ModelFiles::embedded(), config)
    }

    /// The mentions of `text`. Cost: linear in its length.
    ///
    /// # Errors
    ///
    /// When the text is over 4 GiB, or the tokenizer or a tensor operation
    /// fails.
    pub fn tag(&self, text: &str) -> Result<Vec<Mention>, Error> {
        only(self.model.tag_all(&[text]))
    }

    /// The mentions of each of `texts`, in their order: one result a text, and
    /// an error of one text is not one of the others.
    ///
    /// The windows of all texts are sorted by length and go through the model
    /// together, on all threads.
    pub fn tag_batch(&self, texts: &[impl AsRef<str>]) -> Vec<Result<Vec<Mention>, Error>> {
        self.tag_iter(texts).collect()
    }

    /// The mentions of each of `texts`, in their order, for streams of any
    /// length in constant memory.
    ///
    /// Texts are taken from the iterator about one mebibyte at a time, the
    /// first when the first result is asked for. Results are those of
    /// [`tag_batch`](Self::tag_batch).
    pub fn tag_iter<I>(
        &self,
        texts: I,
    ) -> impl Iterator<Item = Result<Vec<Mention>, Error>> + use<I>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let model = Arc::clone(&self.model);
        let mut texts = texts.into_iter().fuse();
        let next_chunk = move || {
            let chunk = take_chunk(&mut texts);
            let texts: Vec<&str> = chunk.iter().map(AsRef::as_ref).collect();
            (!texts.is_empty()).then(|| model.tag_all(&texts))
        };
        std::iter::from_fn(next_chunk).flatten()
    }

    /// What the model thinks of each word of `text`: for other decoders, for
    /// calibration, for comparison with another implementation.
    ///
    /// # Errors
    ///
    /// As [`tag`](Self::tag).
    pub fn word_scores(&self, text: &str) -> Result<WordScores, Error> {
        let scored = only(self.model.in_pool(|| self.model.score_all(&[text])))?;
        Ok(WordScores {
            words: scored.encoding.words,
            log_probs: scored.log_probs,
            n_tags: self.model.tag_set.len(),
        })
    }

    /// The entity types the model knows.
    pub fn labels(&self) -> &LabelSet {
        self.model.tag_set.labels()
    }

    /// The columns of the model's scores.
    pub fn tag_set(&self) -> &TagSet {
        &self.model.tag_set
    }

    /// Where the time went, of this recognizer and its clones.
    pub fn times(&self) -> Times {
        self.model.clock.times()
    }

    /// What was loaded, and where it computes.
    pub fn info(&self) -> &ModelInfo {
        &self.model.info
    }
}

impl fmt::Debug for Recognizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recognizer")
            .field("info", &self.model.info)
            .field("config", &self.model.config)
            .finish_non_exhaustive()
    }
}

/// A text that went through the model.
struct Scored {
    encoding: Encoding,
    /// Row-major [words, tags].
    log_probs: Vec<f32>,
}

/// A window of one of several texts.
struct Row<'a> {
    text: usize,
    encoding: &'a Encoding,
    window: Window,
}

impl Model {
    /// Runs `work` on the threads of this recognizer.
    fn in_pool<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    fn tag_all(&self, texts: &[&str]) -> Vec<Result<Vec<Mention>, Error>> {
        self.in_pool(|| {
            let scored = self.score_all(texts).into_par_iter();
            let scored = texts.par_iter().zip(scored);
            let decode = |(text, scored): (&&str, Result<Scored, Error>)| {
                let scored = scored?;
                let decode = || self.decode(text, &scored);
                Ok(self.clock.time(Stage::Decode, decode))
            };
            scored.map(decode).collect()
        })
    }

    /// Encode, cut, batch, run, and put the scores back in the order of the
    /// texts.
    fn score_all(&self, texts: &[&str]) -> Vec<Result<Scored, Error>> {
        let encodings: Vec<_> = texts.par_iter().map(|text| self.encode(text)).collect();
        let scores = self.score_windows(&encodings);
        let scored = encodings.into_iter().zip(scores);
        let scored = scored.map(|(encoding, log_probs)| {
            Ok(Scored {
                encoding: encoding?,
                log_probs: log_probs?,
            })
        });
        scored.collect()
    }

    fn encode(&self, text: &str) -> Result<Encoding, Error> {
        if u32::try_from(text.len()).is_err() {
            return Err(Error::TextTooLong { bytes: text.len() });
        }
        self.clock.time(Stage::Encode, || self.encoder.encode(text))
    }

    /// Log-probabilities of every text that could be encoded, row-major
    /// [words, tags]; empty for the others.
    fn score_windows(&self, encodings: &[Result<Encoding, Error>]) -> Vec<Result<Vec<f32>, Error>> {
        let rows = self.cut_all(encodings);
        let lengths: Vec<usize> = rows.iter().map(|row| row.window.units.len()).collect();
        let batches = self.pack(&lengths);
        let forward = |batch: &Vec<usize>| self.forward(batch.iter().map(|&row| &rows[row]));
        let outputs: Vec<Result<Vec<Vec<f32>>, Error>> = self.each_batch(&batches, forward);
        let mut scores: Vec<Result<Vec<f32>, Error>> = Vec::with_capacity(encodings.len());
        scores.extend(encodings.iter().map(|encoding| {
            let n_words = encoding.as_ref().map_or(0, |encoding| encoding.words.len());
            Ok(vec![0.0; n_words * self.tag_set.len()])
        }));
        for (batch, output) in batches.iter().zip(outputs) {
            self.take_scores(batch.iter().map(|&row| &rows[row]), &output, &mut scores);
        }
        scores
    }

    /// Batches of rows of `lengths` units.
    fn pack(&self, lengths: &[usize]) -> Vec<Vec<usize>> {
        match self.info.engine {
            Engine::Kernels => {
                let n_units = lengths.iter().sum();
                let threads = rayon::current_num_threads();
                let budget = share(n_units, threads, self.batch_tokens);
                pack(lengths, budget, Cost::Sum)
            }
            _ => pack(lengths, self.batch_tokens, Cost::Padded),
        }
    }

    /// What `forward` makes of each batch. A GPU runs one after the other anyway.
    fn each_batch<T: Send>(
        &self,
        batches: &[Vec<usize>],
        forward: impl Fn(&Vec<usize>) -> T + Sync + Send,
    ) -> Vec<T> {
        match self.info.device {
            Device::Cpu => batches.par_iter().map(forward).collect(),
            _ => batches.iter().map(forward).collect(),
        }
    }

    /// The windows of all texts.
    fn cut_all<'a>(&self, encodings: &'a [Result<Encoding, Error>]) -> Vec<Row<'a>> {
        let mut rows = Vec::new();
        for (text, encoding) in encodings.iter().enumerate() {
            let Ok(encoding) = encoding else { continue };
            let mut windows = Vec::new();
            for segment in &encoding.segments {
                cut(
                    segment.clone(),
                    &encoding.word_units,
                    self.windows,
                    &mut windows,
                );
            }
            rows.extend(windows.into_iter().map(|window| Row {
                text,
                encoding,
                window,
            }));
        }
        rows
    }

    /// Log-probabilities of each row, row-major [units, tags].
    fn forward<'a>(&self, rows: impl Iterator<Item = &'a Row<'a>>) -> Result<Vec<Vec<f32>>, Error> {
        let width = self.encoder.unit_width();
        let units = |row: &'a Row<'a>| {
            let Range { start, end } = row.window.units;
            &row.encoding.units[start * width..end * width]
        };
        let rows: Vec<&[u32]> = rows.map(units).collect();
        self.clock
            .time(Stage::Forward, || self.encoder.forward(&rows))
    }

    /// Copies the scores of the words of each row from `output`, one [units, tags] a
    /// row, to the scores of its text.
    fn take_scores<'a>(
        &self,
        rows: impl Iterator<Item = &'a Row<'a>>,
        output: &Result<Vec<Vec<f32>>, Error>,
        scores: &mut [Result<Vec<f32>, Error>],
    ) {
        let n_tags = self.tag_set.len();
        for (index, row) in rows.enumerate() {
            match (output, &mut scores[row.text]) {
                (Ok(output), Ok(scores)) => {
                    for word in row.window.words.clone() {
                        let unit = row.encoding.word_units[word] - row.window.units.start;
                        scores[word * n_tags..][..n_tags]
                            .copy_from_slice(&output[index][unit * n_tags..][..n_tags]);
                    }
                }
                (Err(error), scores) => *scores = Err(error.clone()),
                (Ok(_), Err(_)) => {}
            }
        }
    }

    /// The mentions of `text`, sentence by sentence, then made to agree.
    fn decode(&self, text: &str, scored: &Scored) -> Vec<Mention> {
        let Encoding {
            words, sentences, ..
        } = &scored.encoding;
        let mut mentions: Vec<Mention> = sentences
            .iter()
            .flat_map(|sentence| self.decode_sentence(scored, sentence))
            .collect();
        if self.config.consistency == Consistency::Document {
            let tagged = Tagged {
                text,
                words,
                sentences,
                log_probs: &scored.log_probs,
                tag_set: &self.tag_set,
            };
            mentions = agree(&tagged, mentions);
        }
        mentions.retain(|mention| self.config.keeps(mention.label.as_str(), mention.score));
        mentions
    }

    fn decode_sentence(&self, scored: &Scored, sentence: &Range<usize>) -> Vec<Mention> {
        let n_tags = self.tag_set.len();
        let log_probs = &scored.log_probs[sentence.start * n_tags..sentence.end * n_tags];
        let words = &scored.encoding.words[sentence.clone()];
        let decoder = self.config.decoder;
        match &self.calibration {
            Some(curves) => decode_calibrated(&self.tag_set, words, log_probs, decoder, curves),
            None => decode(&self.tag_set, words, log_probs, decoder),
        }
    }
}

/// The result of the only text of a batch.
fn only<T>(mut results: Vec<T>) -> T {
    results.pop().expect("there is one result a text")
}

/// The next texts to read together, at least one if there is any.
fn take_chunk<T: AsRef<str>>(texts: &mut impl Iterator<Item = T>) -> Vec<T> {
    /// What an empty text counts for, so that a chunk of them ends too.
    const TEXT_BYTES: usize = 64;
    let mut chunk = Vec::new();
    let mut n_bytes = 0;
    while n_bytes < CHUNK_BYTES
        && let Some(text) = texts.next()
    {
        n_bytes += text.as_ref().len() + TEXT_BYTES;
        chunk.push(text);
    }
    chunk
}

/// Checks the window the user wants against what the model can do.
fn window_limits(config: &RecognizerConfig, encoder: &Encoder) -> Result<WindowLimits, Error> {
    let max = encoder.window_max();
    let size = config.window.unwrap_or_else(|| encoder.window_default());
    if size == 0 || size > max {
        return Err(setting(
            "window",
            size,
            format!("from 1 to {max}, the most this model allows"),
        ));
    }
    let overlap = config.overlap.unwrap_or_else(|| (size / 4).min(64));
    if overlap > size / 2 {
        return Err(setting(
            "overlap",
            overlap,
            format!("at most {}, half of the window", size / 2),
        ));
    }
    Ok(WindowLimits { size, overlap })
}

fn start_pool(threads: usize) -> Result<rayon::ThreadPool, Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|source| Error::Threads {
        threads,
        source: Arc::new(source),
    })
}

#[cfg(test)]
mod tests;
