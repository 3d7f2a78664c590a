use proptest::prelude::*;

use super::*;
use crate::testing::numbers;

/// Steps of a weight to either side, and steps of the input.
fn n_steps(isa: Isa) -> (f32, f32) {
    match isa.to_string().as_str() {
        "avx2" | "avx512" => (80.0, 204.0),
        _ => (127.0, 255.0),
    }
}

/// The product in 64 bits, of numbers rounded as `precision` says.
fn reference(
    x: &Matrix,
    weight: &[f32],
    bias: &[f32],
    precision: Precision,
    isa: Isa,
) -> Vec<Vec<f64>> {
    let inputs = x.n_columns();
    let rounds_input = isa.to_string() == "avx512-bf16";
    let steps = |row: &[f32], range: f32, most: f32| {
        let (scale, inverse) = (range / most, most / range);
        let step = move |x: &f32| {
            let step = if range > 0.0 {
                (x * inverse).round_ties_even()
            } else {
                0.0
            };
            f64::from(step) * f64::from(scale)
        };
        row.iter().map(step).collect::<Vec<f64>>()
    };
    let least = |row: &[f32]| row.iter().copied().fold(0.0, f32::min);
    let greatest = |row: &[f32]| row.iter().copied().fold(0.0, f32::max);
    let halves = |row: &[f32]| {
        let round = |x: &f32| {
            let bits = x.to_bits();
            let low = bits & 0xffff;
            let up = low > 0x8000 || (low == 0x8000 && bits & 0x1_0000 != 0);
            f64::from(f32::from_bits(
                (bits & 0xffff_0000) + if up { 0x1_0000 } else { 0 },
            ))
        };
        row.iter().map(round).collect::<Vec<f64>>()
    };
    let exact = |row: &[f32]| row.iter().map(|&x| f64::from(x)).collect::<Vec<f64>>();
    let weight_halves = |row: &[f32]| {
        let scale = greatest(row).max(-least(row)) / 127.0;
        let scaled: Vec<f32> = row.iter().map(|x| x / scale).collect();
        let halves = halves(&scaled).into_iter();
        halves.map(|x| x * f64::from(scale)).collect::<Vec<f64>>()
    };
    let round = |row: &[f32], is_input: bool| match precision {
        Precision::Int8 if is_input => steps(row, greatest(row) - least(row), n_steps(isa).1),
        Precision::Int8 => steps(row, greatest(row).max(-least(row)), n_steps(isa).0),
        Precision::Bf16 if !is_input => weight_halves(row),
        Precision::Bf16 if rounds_input => halves(row),
        _ => exact(row),
    };
    let weights: Vec<Vec<f64>> = weight.chunks(inputs).map(|row| round(row, false)).collect();
    let output = |row: usize| {
        let x = round(x.row(row), true);
        let sums = weights.iter().zip(bias).map(|(weights, &bias)| {
            let products = weights.iter().zip(&x).map(|(weight, x)| weight * x);
            products.sum::<f64>() + f64::from(bias)
        });
        sums.collect()
    };
    (0..x.n_rows()).map(output).collect()
}

fn cases() -> ProptestConfig {
    ProptestConfig::default()
}

proptest! {
    #![proptest_config(cases())]

    /// Every set of instructions against the plain product, over odd shapes.
    #[test]
    fn products_are_those_of_the_definition(
        (rows, inputs, outputs) in (0usize..20, 1usize..70, 1usize..150),
        zero_row in 0usize..20,
        seed: u64,
    ) {
        let mut x = Matrix::from_vec(numbers(rows * inputs, seed), inputs);
        if let Some(row) = x.rows_mut().nth(zero_row) {
            row.fill(0.0);
        }
        let (weight, bias) = (numbers(inputs * outputs, !seed), numbers(outputs, seed ^ 7));
        for isa in Isa::available() {
            for precision in [Precision::F32, Precision::Bf16, Precision::Int8] {
                let expected = reference(&x, &weight, &bias, precision, isa);
                let layer = Linear::new(&weight, Some(&bias), inputs, precision, isa);
                let got = layer.forward(&x, Activation::Identity);
                let mut sum = got.clone();
                layer.forward_add(&x, &mut sum);
                for (row, expected) in expected.iter().enumerate() {
                    for (column, expected) in expected.iter().enumerate() {
                        let (once, twice) = (got.row(row)[column], sum.row(row)[column]);
                        let error = (f64::from(once) - expected).abs();
                        prop_assert!(
                            error < 2e-5,
                            "{isa} {precision:?} {row},{column}: {once} for {expected}"
                        );
                        prop_assert!((twice - 2.0 * once).abs() < 1e-5);
                    }
                }
            }
        }
    }

    /// A row gives the same bits whatever is above and below it, and integers the
    /// same on every set of instructions with as many steps.
    #[test]
    fn rows_are_on_their_own(
        (rows, inputs, outputs) in (2usize..20, 1usize..70, 1usize..150),
        seed: u64,
    ) {
        let x = Matrix::from_vec(numbers(rows * inputs, seed), inputs);
        let weight = numbers(inputs * outputs, !seed);
        let mut integers: Option<Vec<u32>> = None;
        for isa in Isa::available() {
            for precision in [Precision::F32, Precision::Bf16, Precision::Int8] {
                let layer = Linear::new(&weight, None, inputs, precision, isa);
                let all = layer.forward(&x, Activation::Gelu);
                for row in 0..rows {
                    let one = Matrix::from_vec(x.row(row).to_vec(), inputs);
                    let one = layer.forward(&one, Activation::Gelu);
                    prop_assert_eq!(bits(one.row(0)), bits(all.row(row)));
                }
                if precision == Precision::Int8 && n_steps(isa).0 > 100.0 {
                    let all = layer.forward(&x, Activation::Identity);
                    let all = bits(all.as_slice());
                    prop_assert_eq!(integers.get_or_insert_with(|| all.clone()), &all);
                }
            }
        }
    }
}

fn bits(values: &[f32]) -> Vec<u32> {
    values.iter().map(|x| x.to_bits()).collect()
}

/// The greatest sums there are, to either side, are exact.
#[test]
fn extremes_fit() {
    let inputs = 64;
    let mut x = vec![1.0; 2 * inputs];
    x[inputs..].fill(-1.0);
    let x = Matrix::from_vec(x, inputs);
    let mut weight = vec![1.0; 3 * inputs];
    weight[inputs..2 * inputs].fill(-1.0);
    weight[2 * inputs..].copy_from_slice(&[1.0, -1.0].repeat(inputs / 2));
    for isa in Isa::available() {
        let layer = Linear::new(&weight, None, inputs, Precision::Int8, isa);
        let got = layer.forward(&x, Activation::Identity);
        for (row, sign) in [1.0, -1.0].into_iter().enumerate() {
            for (got, expected) in got.row(row).iter().zip([64.0, -64.0, 0.0]) {
                assert!((got - sign * expected).abs() < 1e-4, "{isa}: {got}");
            }
        }
    }
}

/// Weights in 127ths of the greatest of their output are exact in brain floats.
#[test]
fn steps_are_exact_in_half_the_bits() {
    let steps = [-127.0, -126.0, -1.0, 0.0, 3.0, 77.0, 125.0, 100.0];
    let weight = steps.map(|step| step * 0.001_234_567);
    let x = Matrix::from_vec(numbers(8, 5), 8);
    for isa in Isa::available().filter(|isa| isa.to_string() != "avx512-bf16") {
        let layer = |precision| Linear::new(&weight, None, 8, precision, isa);
        let exact = layer(Precision::F32).forward(&x, Activation::Identity);
        let got = layer(Precision::Bf16).forward(&x, Activation::Identity);
        let (got, exact) = (got.row(0)[0], exact.row(0)[0]);
        assert!((got - exact).abs() < 1e-7, "{isa}: {got} for {exact}");
    }
}

/// What is no number in a weight shows in its output.
#[test]
fn not_a_number_among_weights_is_seen() {
    let x = Matrix::from_vec(numbers(4 * 5, 4), 5);
    for isa in Isa::available() {
        for precision in [Precision::F32, Precision::Bf16, Precision::Int8] {
            for wrong in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut weight = numbers(5 * 9, 3);
                weight[7] = wrong;
                let layer = Linear::new(&weight, None, 5, precision, isa);
                let got = layer.forward(&x, Activation::Identity);
                for column in 0..9 {
                    let finite = (0..4).all(|row| got.row(row)[column].is_finite());
                    assert_eq!(finite, column != 1, "{isa} {precision:?} {wrong} {column}");
                }
            }
        }
    }
}

/// A layer large enough to be cut up gives what one thread gives.
#[test]
fn threads_change_nothing() {
    let (rows, inputs, outputs) = (37, 257, 1000);
    let x = Matrix::from_vec(numbers(rows * inputs, 1), inputs);
    let weight = numbers(inputs * outputs, 2);
    let pool = |n| {
        rayon::ThreadPoolBuilder::new()
            .num_threads(n)
            .build()
            .unwrap()
    };
    for precision in [Precision::F32, Precision::Bf16, Precision::Int8] {
        let layer = Linear::new(&weight, None, inputs, precision, Isa::best());
        let one = pool(1).install(|| layer.forward(&x, Activation::Silu));
        let four = pool(4).install(|| layer.forward(&x, Activation::Silu));
        assert_eq!(bits(one.as_slice()), bits(four.as_slice()), "{precision:?}");
    }
}

/// What is no number in the input shows in its row, and in no other.
#[test]
fn not_a_number_is_seen() {
    let weight = numbers(5 * 9, 3);
    for isa in Isa::available() {
        for precision in [Precision::F32, Precision::Bf16, Precision::Int8] {
            for wrong in [f32::NAN, -f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut x = numbers(4 * 5, 4);
                x[7] = wrong;
                let layer = Linear::new(&weight, None, 5, precision, isa);
                let got = layer.forward(&Matrix::from_vec(x, 5), Activation::Identity);
                for row in 0..4 {
                    let finite = got.row(row).iter().all(|x| x.is_finite());
                    assert_eq!(finite, row != 1, "{isa} {precision:?} {wrong} {row}");
                }
            }
        }
    }
}

#[test]
#[should_panic(expected = "assertion")]
fn a_wrong_width_is_refused() {
    let layer = Linear::new(&[0.0; 6], None, 3, Precision::F32, Isa::best());
    layer.forward(&Matrix::zeros(1, 2), Activation::Identity);
}
