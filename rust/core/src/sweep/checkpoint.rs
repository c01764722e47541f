//! Files that hold a model and not what it measured, told by their names.

use crate::metric::Format;

/// Words that name a model or its training's state.
const MODEL: [&str; 22] = [
    "best",
    "checkpoint",
    "checkpoints",
    "ckpt",
    "encoder",
    "decoder",
    "epoch",
    "last",
    "latest",
    "model",
    "models",
    "net",
    "network",
    "optim",
    "optimizer",
    "policy",
    "scaler",
    "scheduler",
    "snapshot",
    "state",
    "weight",
    "weights",
];

/// Words that name what was measured, of a model too.
const MEASURED: [&str; 12] = [
    "eval",
    "evaluation",
    "history",
    "log",
    "logs",
    "loss",
    "losses",
    "metric",
    "metrics",
    "result",
    "results",
    "scores",
];

/// Whether a file is a checkpoint, going by its name: of the formats that models are saved in, one
/// whose name speaks of a model and not of results.
pub fn is_checkpoint(name: &str) -> bool {
    if !matches!(Format::of(name), Some(Format::Torch | Format::Pickle | Format::Safetensors)) {
        return false;
    }
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_ascii_lowercase();
    let words = || stem.split(|it: char| !it.is_ascii_alphabetic());
    words().any(|word| MODEL.contains(&word)) && !words().any(|word| MEASURED.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_told_from_its_results() {
        for name in [
            "model.pt",
            "best_model3.pth",
            "Checkpoint-10.pt",
            "epoch=3-step=20.pt",
            "model.safetensors",
        ] {
            assert!(is_checkpoint(name), "{name}");
        }
        for name in ["metrics.pt", "model_metrics.pt", "results.pkl", "a.pt", "model.npz"] {
            assert!(!is_checkpoint(name), "{name}");
        }
    }
}
