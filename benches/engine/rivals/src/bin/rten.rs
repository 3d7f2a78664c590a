//! rten, an engine for ONNX in Rust, with the graph as PyTorch exports it: it fuses by
//! itself.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use griot_engine_rivals::{Load, Network, serve};
use rten::{Model, NodeId, RunOptions, ThreadPool};
use rten_tensor::NdTensor;
use rten_tensor::prelude::*;

struct Rten {
    model: Model,
    inputs: [NodeId; 2],
    output: NodeId,
    options: RunOptions,
}

impl Network for Rten {
    const VERSION: &str = "rten 0.27";

    fn load(load: &Load) -> Result<Self> {
        let file = load.folder.join(format!("plain-{}.onnx", load.precision));
        let model = Model::load_file(&file).with_context(|| file.display().to_string())?;
        let pool = ThreadPool::with_num_threads(load.threads);
        Ok(Self {
            inputs: [
                model.node_id("input_ids")?,
                model.node_id("attention_mask")?,
            ],
            output: model.node_id("logits")?,
            model,
            options: RunOptions::default().with_thread_pool(Some(Arc::new(pool))),
        })
    }

    fn logits(&self, ids: &[u32], mask: &[u32], rows: usize, length: usize) -> Result<Vec<f32>> {
        let tensor = |values: &[u32]| {
            let values: Vec<i32> = values.iter().map(|&value| value as i32).collect();
            NdTensor::from_data([rows, length], values)
        };
        let inputs = vec![
            (self.inputs[0], tensor(ids).into()),
            (self.inputs[1], tensor(mask).into()),
        ];
        let [logits] = self
            .model
            .run_n(inputs, [self.output], Some(self.options.clone()))?;
        let logits: NdTensor<f32, 3> = logits.try_into()?;
        Ok(logits.to_vec())
    }
}

fn main() -> Result<()> {
    serve::<Rten>()
}
