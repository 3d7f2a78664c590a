//! Functions of single numbers, without branches, so that the compiler makes
//! vectors of them.

use crate::isa::fma;

/// What stands between two layers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Activation {
    /// Nothing.
    #[default]
    Identity,
    /// x Φ(x), Φ the normal distribution function (Hendrycks and Gimpel 2016,
    /// arXiv:1606.08415); within 5e-7 of it for |x| ≤ 5.
    Gelu,
    /// Its approximation with a hyperbolic tangent, of the same paper.
    GeluTanh,
    /// x σ(1.702 x), a rougher one.
    GeluQuick,
    /// x σ(x).
    Silu,
    /// The greater of x and 0.
    Relu,
    /// Hyperbolic tangent.
    Tanh,
}

impl Activation {
    /// The function of each of `values`.
    #[inline(always)]
    pub(crate) fn apply<const FMA: bool>(self, values: &mut [f32]) {
        /// √(2/π) twice: (1 + tanh u) / 2 is the logistic function of 2u.
        const SCALE: f32 = 1.595_769;
        #[inline(always)]
        fn each(values: &mut [f32], function: impl Fn(f32) -> f32) {
            for x in values {
                *x = function(*x);
            }
        }
        match self {
            Self::Identity => {}
            Self::Gelu => each(values, gelu::<FMA>),
            Self::GeluTanh => each(values, |x| {
                x * logistic::<FMA>(SCALE * (x + 0.044_715 * x * x * x))
            }),
            Self::GeluQuick => each(values, |x| x * logistic::<FMA>(1.702 * x)),
            Self::Silu => each(values, |x| x * logistic::<FMA>(x)),
            // Not `max`, which takes a number for what is none.
            Self::Relu => each(values, |x| if x < 0.0 { 0.0 } else { x }),
            Self::Tanh => each(values, |x| 2.0 * logistic::<FMA>(2.0 * x) - 1.0),
        }
    }
}

#[inline(always)]
pub(crate) fn logistic<const FMA: bool>(x: f32) -> f32 {
    1.0 / (1.0 + exp::<FMA>(-x))
}

#[inline(always)]
fn gelu<const FMA: bool>(x: f32) -> f32 {
    0.5 * x * (1.0 + erf::<FMA>(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26: within
/// 1.5e-7 of the error function. NaN stays NaN.
#[inline(always)]
fn erf<const FMA: bool>(x: f32) -> f32 {
    let t = 1.0 / fma::<FMA>(0.327_591_1, x.abs(), 1.0);
    let mut poly = 1.061_405_4;
    for factor in [-1.453_152, 1.421_413_8, -0.284_496_72, 0.254_829_6] {
        poly = fma::<FMA>(t, poly, factor);
    }
    let tail = t * poly * exp::<FMA>(-x * x);
    (1.0 - tail).copysign(x)
}

/// e^x with a relative error under 3e-7. Saturates outside ±87; NaN stays NaN.
#[inline(always)]
pub(crate) fn exp<const FMA: bool>(x: f32) -> f32 {
    /// 1.5 · 2^23: adding it rounds a float to an integer in its low bits.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 87.0);
    let shifted = fma::<FMA>(x, std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    // ln 2 in two parts, so that the product with `n` is exact (Cody and Waite).
    let r = fma::<FMA>(n, 2.121_944_4e-4, fma::<FMA>(n, -0.693_359_4, x));
    let mut poly = 0.001_388_89;
    for factor in [0.008_333_33, 0.041_666_66, 0.166_666_67, 0.5, 1.0, 1.0] {
        poly = fma::<FMA>(r, poly, factor);
    }
    let scale = (shifted.to_bits() << 23).wrapping_add(127 << 23);
    poly * f32::from_bits(scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid() -> impl Iterator<Item = f32> {
        (-20_000..=20_000).map(|i| i as f32 * 5e-3)
    }

    fn check_exp<const FMA: bool>() {
        for x in grid().filter(|x| x.abs() < 87.0) {
            let (got, exact) = (f64::from(exp::<FMA>(x)), f64::from(x).exp());
            assert!((got / exact - 1.0).abs() < 3e-7, "{x}: {got} for {exact}");
        }
        assert!(exp::<FMA>(f32::NAN).is_nan() && exp::<FMA>(f32::INFINITY).is_finite());
        assert!(exp::<FMA>(f32::NEG_INFINITY) < 1e-37);
    }

    #[test]
    fn exp_is_close_to_the_exact_one() {
        check_exp::<true>();
        check_exp::<false>();
    }

    /// From the series e^(-x²) 2/√π Σ 2^n x^(2n+1) / (2n+1)!!, in 64 bits.
    fn exact_erf(x: f64) -> f64 {
        let (mut term, mut sum) = (x, x);
        for n in 1..200 {
            term *= 2.0 * x * x / f64::from(2 * n + 1);
            sum += term;
        }
        (-x * x).exp() * std::f64::consts::FRAC_2_SQRT_PI * sum
    }

    #[test]
    fn values_are_those_of_their_definitions() {
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let tanh_argument = |x: f64| 0.797_884_560_802_865_4 * (x + 0.044_715 * x.powi(3));
        let gelu = |x: f64| 0.5 * x * (1.0 + exact_erf(x * std::f64::consts::FRAC_1_SQRT_2));
        let definitions: [(Activation, &dyn Fn(f64) -> f64); 7] = [
            (Activation::Identity, &|x| x),
            (Activation::Gelu, &gelu),
            (Activation::GeluTanh, &|x| {
                0.5 * x * (1.0 + tanh_argument(x).tanh())
            }),
            (Activation::GeluQuick, &|x| x * sigmoid(1.702 * x)),
            (Activation::Silu, &|x| x * sigmoid(x)),
            (Activation::Relu, &|x| x.max(0.0)),
            (Activation::Tanh, &f64::tanh),
        ];
        for (activation, definition) in definitions {
            for x in (-80..=80).map(|i| i as f32 / 16.0) {
                let (mut one, mut other) = ([x], [x]);
                activation.apply::<true>(&mut one);
                activation.apply::<false>(&mut other);
                for got in [one[0], other[0]] {
                    let expected = definition(f64::from(x));
                    let error = (f64::from(got) - expected).abs();
                    assert!(error < 1e-6, "{activation:?}({x}): {got} for {expected}");
                }
            }
        }
    }

    #[test]
    fn not_a_number_stays_what_it_is() {
        for activation in [
            Activation::Gelu,
            Activation::GeluTanh,
            Activation::GeluQuick,
            Activation::Silu,
            Activation::Relu,
            Activation::Tanh,
        ] {
            let mut values = [f32::NAN, 1e9, -1e9];
            activation.apply::<true>(&mut values);
            assert!(
                values[0].is_nan() && values[1] >= 1.0,
                "{activation:?} {values:?}"
            );
            assert!(values[2].abs() <= 1.0, "{activation:?} {values:?}");
        }
    }
}
