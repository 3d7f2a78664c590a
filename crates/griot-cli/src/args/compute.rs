//! What a model computes on and with.

use std::num::NonZeroUsize;

use anyhow::Context;
use clap::{Args, ValueEnum};
use griot::{Device, Engine, Precision, RecognizerConfig};

#[derive(Args, Debug)]
pub(crate) struct ComputeArgs {
    /// Where to compute: auto, cpu, cuda[:N] or metal[:N]. Only `auto` may
    /// take another device than it names.
    #[arg(long, value_name = "DEVICE", default_value = "auto", value_parser = device)]
    device: Device,

    /// Numbers to compute with on a CPU; `auto` takes int8 where the processor has an
    /// instruction for it, else f32.
    #[arg(long, value_name = "NUMBERS", default_value = "f32")]
    precision: Numbers,

    /// What computes; `auto` takes kernels on a CPU and Candle on a GPU.
    #[arg(
        long,
        value_name = "ENGINE",
        default_value = "auto",
        hide_short_help = true
    )]
    engine: Computes,

    /// Threads of the program [default: one a core].
    #[arg(long, short = 'j', value_name = "N")]
    threads: Option<NonZeroUsize>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Numbers {
    F32,
    Bf16,
    Int8,
    Auto,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Computes {
    Auto,
    Kernels,
    Candle,
}

impl ComputeArgs {
    /// How a model computes. Starts the threads of the program if there is a number of
    /// them: linking and reading use them, too.
    pub(crate) fn config(&self) -> anyhow::Result<RecognizerConfig> {
        if let Some(threads) = self.threads {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.get());
            pool.build_global()
                .with_context(|| format!("cannot start {threads} threads"))?;
        }
        Ok(RecognizerConfig::default()
            .with_device(self.device)
            .with_precision(match self.precision {
                Numbers::F32 => Precision::F32,
                Numbers::Bf16 => Precision::BF16,
                Numbers::Int8 => Precision::Int8,
                Numbers::Auto => Precision::Auto,
            })
            .with_engine(match self.engine {
                Computes::Auto => Engine::Auto,
                Computes::Kernels => Engine::Kernels,
                Computes::Candle => Engine::Candle,
            }))
    }
}

fn device(typed: &str) -> Result<Device, String> {
    let (name, index) = match typed.split_once(':') {
        None => (typed, None),
        Some((name, index)) => {
            let index = index
                .parse()
                .map_err(|_| format!("{index:?} is not a device number"))?;
            (name, Some(index))
        }
    };
    match (name, index) {
        ("auto", None) => Ok(Device::Auto),
        ("cpu", None) => Ok(Device::Cpu),
        ("cuda", index) => Ok(Device::Cuda(index.unwrap_or(0))),
        ("metal", index) => Ok(Device::Metal(index.unwrap_or(0))),
        ("auto" | "cpu", Some(_)) => Err(format!("{name:?} takes no number")),
        _ => Err("expected auto, cpu, cuda, cuda:N, metal or metal:N".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_devices() {
        let rows = [
            ("auto", Some(Device::Auto)),
            ("cpu", Some(Device::Cpu)),
            ("cuda", Some(Device::Cuda(0))),
            ("cuda:1", Some(Device::Cuda(1))),
            ("metal:2", Some(Device::Metal(2))),
            ("cpu:0", None),
            ("cuda:", None),
            ("cuda:-1", None),
            ("gpu", None),
            ("", None),
        ];
        for (typed, expected) in rows {
            assert_eq!(device(typed).ok(), expected, "{typed:?}");
        }
    }
}
