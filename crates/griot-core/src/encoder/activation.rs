//! The functions between layers, by the names that `config.json` has for them.

use candle_core::{Result, Tensor};
use candle_nn::ops;
use griot_kernels as kernels;

use crate::Error;

/// What stands between two layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Activation {
    /// x Φ(x), with the error function.
    Gelu,
    /// The approximation of it with a hyperbolic tangent.
    GeluTanh,
    /// x σ(1.702 x), a rougher one.
    GeluQuick,
    /// x σ(x).
    Silu,
    Relu,
    Tanh,
}

/// Every name, as transformers knows it.
const NAMES: [(&str, Activation); 12] = [
    ("gelu", Activation::Gelu),
    ("gelu_python", Activation::Gelu),
    ("gelu_new", Activation::GeluTanh),
    ("gelu_fast", Activation::GeluTanh),
    ("gelu_accurate", Activation::GeluTanh),
    ("gelu_pytorch_tanh", Activation::GeluTanh),
    ("gelu_python_tanh", Activation::GeluTanh),
    ("quick_gelu", Activation::GeluQuick),
    ("silu", Activation::Silu),
    ("swish", Activation::Silu),
    ("relu", Activation::Relu),
    ("tanh", Activation::Tanh),
];

impl Activation {
    /// The function that `name`, the value of `field`, stands for.
    ///
    /// # Errors
    ///
    /// [`Error::ConfigValue`].
    pub(super) fn from_name(field: &'static str, name: &str) -> std::result::Result<Self, Error> {
        let known = NAMES.iter().find(|(known, _)| *known == name);
        known.map(|(_, activation)| *activation).ok_or_else(|| Error::ConfigValue {
            field,
            value: format!("{name:?}"),
            expected: "gelu, gelu_python, gelu_new, gelu_fast, gelu_accurate, gelu_pytorch_tanh, \
                       gelu_python_tanh, quick_gelu, silu, swish, relu or tanh",
        })
    }

    /// The function of each value, by Candle.
    pub(super) fn apply(self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Gelu => x.gelu_erf(),
            Self::GeluTanh => x.gelu(),
            Self::GeluQuick => x * ops::sigmoid(&(x * 1.702)?)?,
            Self::Silu => x.silu(),
            Self::Relu => x.relu(),
            Self::Tanh => x.tanh(),
        }
    }
}

impl From<Activation> for kernels::Activation {
    fn from(activation: Activation) -> Self {
        match activation {
            Activation::Gelu => Self::Gelu,
            Activation::GeluTanh => Self::GeluTanh,
            Activation::GeluQuick => Self::GeluQuick,
            Activation::Silu => Self::Silu,
            Activation::Relu => Self::Relu,
            Activation::Tanh => Self::Tanh,
        }
    }
}

#[cfg(test)]
mod tests {
    use candle_core::Device;

    use super::*;

    #[test]
    fn values_are_those_of_their_definitions() {
        let x: Vec<f64> = (-80..=80).map(|i| f64::from(i) / 8.0).collect();
        let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
        let tanh_argument = |x: f64| 0.797_884_560_802_865_4 * (x + 0.044_715 * x.powi(3));
        let definitions: [(&str, &dyn Fn(f64) -> f64); 5] = [
            ("gelu_new", &|x| 0.5 * x * (1.0 + tanh_argument(x).tanh())),
            ("quick_gelu", &|x| x * sigmoid(1.702 * x)),
            ("swish", &|x| x * sigmoid(x)),
            ("relu", &|x| x.max(0.0)),
            ("tanh", &f64::tanh),
        ];
        for (name, definition) in definitions {
            let activation = Activation::from_name("hidden_act", name).unwrap();
            let values = Tensor::from_iter(x.iter().map(|&x| x as f32), &Device::Cpu).unwrap();
            let got = activation.apply(&values).unwrap().to_vec1::<f32>().unwrap();
            for (&x, got) in x.iter().zip(got) {
                let expected = definition(x);
                assert!(
                    (f64::from(got) - expected).abs() < 2e-6,
                    "{name}({x}): {got}"
                );
            }
        }
    }
}
