//! How much of the speed of a batch does the HTTP service keep, how long does a
//! request take, and what happens when there are too many?
//!
//! ```console
//! $ cargo run --release -p griot-service-bench -- --seconds 20 --rounds 3
//! ```
//!
//! Texts are the press texts of `examples/data` and their paragraphs. Server, clients
//! and the direct batch run in one process on one machine, one after the other in
//! every round; the ratio of a round is against the direct batch of that round.
//! Clients keep their connections, and wait for one response before the next request.

mod client;
mod measure;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use griot::{Document, Pipeline};
use griot_benches::texts;
use griot_serve::{HttpConfig, Service, ServiceConfig, serve};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::client::{Client, Outcome};
use crate::measure::{Sample, Summary};

/// Clients at once, of the stages within capacity.
const CLIENTS: [usize; 3] = [1, 8, 64];

/// Load on the HTTP service, against a direct batch.
#[derive(Debug, Parser)]
struct Args {
    /// Seconds of each stage.
    #[arg(long, default_value_t = 10)]
    seconds: u64,

    /// Rounds of all stages.
    #[arg(long, default_value_t = 3)]
    rounds: usize,

    /// Requests: whole press texts, or their paragraphs.
    #[arg(long, default_value = "texts")]
    requests: Requests,

    /// Clients of the overload.
    #[arg(long, default_value_t = 256)]
    overload_clients: usize,

    /// Places in the queue during the overload.
    #[arg(long, default_value_t = 32)]
    overload_queue: usize,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Requests {
    Texts,
    Paragraphs,
}

fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    let time = Duration::from_secs(args.seconds);
    let documents = documents(args.requests)?;
    let pipeline = Pipeline::embedded()?;
    let mut out = io::stdout().lock();
    let n_bytes: usize = documents.iter().map(|document| document.text().len()).sum();
    writeln!(
        out,
        "{} requests of {} bytes on average, {} threads, {} s a stage, {} rounds\n",
        documents.len(),
        n_bytes / documents.len(),
        thread::available_parallelism()?,
        args.seconds,
        args.rounds
    )?;
    writeln!(out, "{}", Summary::HEAD)?;
    let server = Server::start(&pipeline, ServiceConfig::default())?;
    let mut stages: Vec<Summary> = CLIENTS.map(Summary::new).into();
    for round in 1..=args.rounds {
        let direct = direct(&pipeline, &documents, time);
        writeln!(out, "| {round} | direct batch | {direct:.1} | | | | | |")?;
        for stage in &mut stages {
            let sample = clients(server.address, &documents, stage.n_clients, time)?;
            writeln!(out, "| {round} {}", stage.row(&sample, direct))?;
        }
    }
    writeln!(out)?;
    for stage in &stages {
        writeln!(out, "{}", stage.conclusion())?;
    }
    writeln!(out)?;
    server.stop()?;
    overload(&args, &pipeline, &documents, &mut out)
}

/// More clients than places: what is accepted is answered, the rest refused at once.
fn overload(
    args: &Args,
    pipeline: &Pipeline,
    documents: &[Document],
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let config = ServiceConfig::default().with_queue_max(args.overload_queue);
    let server = Server::start(pipeline, config)?;
    let time = Duration::from_secs(args.seconds);
    let sample = clients(server.address, documents, args.overload_clients, time)?;
    server.stop()?;
    let n_accepted = sample.latencies.len();
    writeln!(
        out,
        "overload: {} clients, {} places in the queue: {n_accepted} answered ({:.1}/s), {} refused \
         with 429, {} failed or lost; p50 {:.0} ms, p95 {:.0} ms, p99 {:.0} ms, longest {:.0} ms, of those answered",
        args.overload_clients,
        args.overload_queue,
        sample.per_second(),
        sample.n_refused,
        sample.n_failed,
        sample.quantile(0.50),
        sample.quantile(0.95),
        sample.quantile(0.99),
        sample.quantile(1.0),
    )?;
    Ok(())
}

/// What is sent, over and over.
fn documents(requests: Requests) -> anyhow::Result<Vec<Document>> {
    let texts = texts()?;
    match requests {
        Requests::Texts => Ok(texts),
        Requests::Paragraphs => {
            let paragraphs = texts
                .iter()
                .flat_map(|document| document.text().split('\n'));
            let paragraphs = paragraphs.filter(|paragraph| !paragraph.trim().is_empty());
            let document = |text: &str| Ok(Document::new("p", text)?);
            paragraphs.map(document).collect()
        }
    }
}

/// Documents a second of the pipeline itself, in batches of a hundred or more.
fn direct(pipeline: &Pipeline, documents: &[Document], time: Duration) -> f64 {
    let n_times = 100_usize.div_ceil(documents.len());
    let batch: Vec<Document> = std::iter::repeat_n(documents, n_times)
        .flatten()
        .cloned()
        .collect();
    let started = Instant::now();
    let mut n_done = 0;
    while started.elapsed() < time {
        n_done += pipeline.annotate_batch(batch.clone()).len();
    }
    n_done as f64 / started.elapsed().as_secs_f64()
}

/// What `n_clients` clients see in `time`.
fn clients(
    address: SocketAddr,
    documents: &[Document],
    n_clients: usize,
    time: Duration,
) -> anyhow::Result<Sample> {
    let requests: Vec<Vec<u8>> = documents.iter().map(client::request).collect();
    let started = Instant::now();
    let samples: Vec<anyhow::Result<Sample>> = thread::scope(|scope| {
        let spawn = |number| {
            let requests = &requests;
            scope.spawn(move || client(address, requests, number, started + time))
        };
        let threads: Vec<_> = (0..n_clients).map(spawn).collect();
        let join = |thread: thread::ScopedJoinHandle<_>| {
            thread
                .join()
                .unwrap_or_else(|_| anyhow::bail!("a client panicked"))
        };
        threads.into_iter().map(join).collect()
    });
    let mut all = Sample::default();
    for sample in samples {
        all.add(sample?);
    }
    all.took = started.elapsed();
    Ok(all)
}

/// One client, which starts at its own place in the list of requests.
fn client(
    address: SocketAddr,
    requests: &[Vec<u8>],
    number: usize,
    until: Instant,
) -> anyhow::Result<Sample> {
    let mut sample = Sample::default();
    let mut client = Client::connect(address)?;
    for request in requests.iter().cycle().skip(number % requests.len()) {
        let started = Instant::now();
        if started >= until {
            break;
        }
        match client.send(request)? {
            Outcome::Answered => sample.latencies.push(started.elapsed()),
            Outcome::Refused => {
                sample.n_refused += 1;
                // A polite client waits a second; this one does not.
                thread::sleep(Duration::from_millis(20));
            }
            Outcome::Failed => sample.n_failed += 1,
        }
    }
    Ok(sample)
}

/// A server in a thread of its own.
struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: thread::JoinHandle<anyhow::Result<()>>,
}

impl Server {
    fn start(pipeline: &Pipeline, config: ServiceConfig) -> anyhow::Result<Self> {
        let service = Service::start(pipeline.clone(), config)?;
        let (stop, stopped) = oneshot::channel();
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let run = move || {
            let mut runtime = tokio::runtime::Builder::new_multi_thread();
            let runtime = runtime.worker_threads(2).enable_all().build()?;
            runtime.block_on(async {
                let shutdown = async {
                    // The bench dropped it: that is an end as well.
                    let _ = stopped.await;
                };
                let listener = TcpListener::from_std(listener)?;
                serve(listener, service.handle(), HttpConfig::default(), shutdown).await
            })?;
            service.shutdown();
            Ok(())
        };
        Ok(Self {
            address,
            stop,
            thread: thread::spawn(run),
        })
    }

    fn stop(self) -> anyhow::Result<()> {
        // It may have ended by itself, which the join tells.
        let _ = self.stop.send(());
        let joined = self.thread.join();
        joined.unwrap_or_else(|_| anyhow::bail!("the server panicked"))
    }
}
