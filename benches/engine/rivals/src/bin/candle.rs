//! BERT of candle-transformers as it comes, with a linear layer for tags. Threads are
//! set by `RAYON_NUM_THREADS`.

use anyhow::{Result, ensure};
use candle_core::{DType, Device, Module as _, Tensor};
use candle_nn::{Linear, VarBuilder};
use candle_transformers::models::bert::{BertModel, Config};
use griot_engine_rivals::{Load, Network, serve};

struct Candle {
    bert: BertModel,
    classifier: Linear,
}

impl Network for Candle {
    const VERSION: &str = "candle-transformers 0.11";

    fn load(load: &Load) -> Result<Self> {
        ensure!(load.precision == "f32", "in 32 bits alone");
        let config: Config =
            serde_json::from_slice(&std::fs::read(load.folder.join("config.json"))?)?;
        let weights = load.folder.join("model.safetensors");
        let bytes = std::fs::read(weights)?;
        let weights = VarBuilder::from_buffered_safetensors(bytes, DType::F32, &Device::Cpu)?;
        let shape = weights.pp("classifier");
        let n_tags = shape.get_unchecked("bias")?.dim(0)?;
        Ok(Self {
            bert: BertModel::load(weights.clone(), &config)?,
            classifier: candle_nn::linear(config.hidden_size, n_tags, shape)?,
        })
    }

    fn logits(&self, ids: &[u32], mask: &[u32], rows: usize, length: usize) -> Result<Vec<f32>> {
        let ids = Tensor::from_slice(ids, (rows, length), &Device::Cpu)?;
        let mask = Tensor::from_slice(mask, (rows, length), &Device::Cpu)?;
        let hidden = self.bert.forward(&ids, &ids.zeros_like()?, Some(&mask))?;
        Ok(self.classifier.forward(&hidden)?.flatten_all()?.to_vec1()?)
    }
}

fn main() -> Result<()> {
    serve::<Candle>()
}
