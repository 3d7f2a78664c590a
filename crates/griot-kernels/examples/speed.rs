//! How fast layers are on one thread, beside what the processor can do at most.
//!
//! `cargo run --release -p griot-kernels --example speed` prints billions of
//! multiplications and additions a second, the best of several runs.

use std::hint::black_box;
use std::time::Instant;

use griot_kernels::{Activation, Isa, Linear, Matrix, Precision};

/// Rows, outputs and inputs of the layers of BERT-base and of griot-mini.
const SHAPES: [(usize, usize, usize); 8] = [
    (32, 768, 768),
    (256, 2304, 768),
    (512, 3072, 768),
    (512, 768, 3072),
    (256, 384, 576),
    (256, 768, 192),
    (256, 192, 768),
    (30, 384, 576),
];

fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("one thread").install(table);
}

#[expect(clippy::print_stdout, reason = "what this is for")]
fn table() {
    let isas: Vec<Isa> = Isa::available().collect();
    for &isa in &isas {
        println!("{isa}: at most {:.0} in f32", peak(isa));
    }
    for (rows, outputs, inputs) in SHAPES {
        print!("{rows} x {inputs} -> {outputs}:");
        let numbers = |n: usize| {
            (0..n)
                .map(|i| (i % 31) as f32 / 16.0 - 1.0)
                .collect::<Vec<_>>()
        };
        let x = Matrix::from_vec(numbers(rows * inputs), inputs);
        let weight = numbers(outputs * inputs);
        let n = 2.0 * (rows * outputs * inputs) as f64;
        for isa in isas.iter().copied().skip(1) {
            for precision in [Precision::F32, Precision::Bf16, Precision::Int8] {
                let layer = Linear::new(&weight, None, inputs, precision, isa);
                let speed = best(n, || {
                    drop(black_box(layer.forward(&x, Activation::Identity)));
                });
                print!(" {isa} {precision:?} {speed:.0}");
            }
        }
        println!();
    }
}

/// Of a product that stays in the nearest cache.
fn peak(isa: Isa) -> f64 {
    let (rows, inputs, outputs) = (12, 256, 64);
    let x = Matrix::from_vec(vec![1.0; rows * inputs], inputs);
    let layer = Linear::new(
        &vec![0.5; inputs * outputs],
        None,
        inputs,
        Precision::F32,
        isa,
    );
    let n = 2.0 * (rows * outputs * inputs) as f64;
    best(1000.0 * n, || {
        for _ in 0..1000 {
            drop(black_box(layer.forward(&x, Activation::Identity)));
        }
    })
}

fn best(n: f64, work: impl Fn()) -> f64 {
    let run = |_| {
        let start = Instant::now();
        work();
        start.elapsed().as_secs_f64()
    };
    n / (0..12).map(run).fold(f64::MAX, f64::min) / 1e9
}
