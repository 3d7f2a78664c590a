//! What a service runs.

use std::iter;

use griot::{Annotation, Document, Linker, Pipeline};

use crate::{Request, Task};

/// Something that annotates documents in batches: a [`Pipeline`], or what takes its
/// place in a test or in front of another model.
pub trait Tagger: Send + Sync + 'static {
    /// Runs the requests of one batch: one result a request, in their order.
    ///
    /// It may be called from several threads at once. If it panics, it is called
    /// again with each request alone, to find the one that it cannot take.
    fn run(&self, batch: &[&Request]) -> Vec<Result<Annotation, griot::Error>>;

    /// Name of the model, for those who read the results.
    fn model(&self) -> &str;

    /// What links, for [`Task::Link`] and [`Task::LinkGiven`]; without it they are
    /// refused.
    fn linker(&self) -> Option<&Linker>;
}

/// A [`Pipeline`] that tags all requests of a batch together and links those that
/// ask for it.
#[derive(Clone, Debug)]
pub struct PipelineTagger {
    /// Without its linker, for one batch may hold requests that want links and
    /// others that do not.
    pipeline: Pipeline,
    linker: Option<Linker>,
}

impl PipelineTagger {
    /// Around `pipeline`; it links if the pipeline has a linker.
    pub fn new(pipeline: Pipeline) -> Self {
        Self {
            linker: pipeline.linker().cloned(),
            pipeline: pipeline.without_linker(),
        }
    }

    /// Mentions of the requests that want them found, in the order of the batch.
    fn tag(&self, batch: &[&Request]) -> Vec<Result<Annotation, griot::Error>> {
        let documents: Vec<Document> = batch
            .iter()
            .filter(|request| !matches!(request.task, Task::LinkGiven(_)))
            .map(|request| request.document.clone())
            .collect();
        self.pipeline.annotate_batch(documents)
    }
}

impl Tagger for PipelineTagger {
    fn run(&self, batch: &[&Request]) -> Vec<Result<Annotation, griot::Error>> {
        let mut tagged = self.tag(batch).into_iter();
        let annotations = batch.iter().map_while(|request| match &request.task {
            Task::LinkGiven(mentions) => Some(Ok(Annotation {
                document: request.document.clone(),
                mentions: mentions.clone(),
                links: Vec::new(),
            })),
            Task::Tag | Task::Link => tagged.next(),
        });
        let finish = |(request, annotation): (&&Request, Result<Annotation, griot::Error>)| {
            let mut annotation = annotation?;
            annotation
                .mentions
                .retain(|mention| mention.score >= request.threshold);
            if let (Task::Link | Task::LinkGiven(_), Some(linker)) = (&request.task, &self.linker) {
                annotation.links = linker.link(&annotation.document, &annotation.mentions);
            }
            Ok(annotation)
        };
        iter::zip(batch, annotations).map(finish).collect()
    }

    fn model(&self) -> &str {
        &self.pipeline.recognizer().info().name
    }

    fn linker(&self) -> Option<&Linker> {
        self.linker.as_ref()
    }
}
