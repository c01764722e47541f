//! Files that hold a model or settings and not what was measured, told by their names.

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
    let saved = [Format::Torch, Format::Pickle, Format::Safetensors, Format::Hdf5];
    Format::of(name).is_some_and(|format| saved.contains(&format))
        && has_word(name, &MODEL)
        && !has_word(name, &MEASURED)
}

/// Whether a file holds settings, going by its name: YAML that does not speak of results.
pub fn is_settings(name: &str) -> bool {
    Format::of(name) == Some(Format::Yaml) && !has_word(name, &MEASURED)
}

fn has_word(name: &str, known: &[&str]) -> bool {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_ascii_lowercase();
    stem.split(|it: char| !it.is_ascii_alphabetic()).any(|word| known.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_told_from_results() {
        for name in ["config.yaml", "hparams.yaml", "params.yml"] {
            assert!(is_settings(name), "{name}");
        }
        for name in ["metrics.yaml", "eval_results.yml", "config.json"] {
            assert!(!is_settings(name), "{name}");
        }
    }

    #[test]
    fn a_model_is_told_from_its_results() {
        for name in [
            "model.pt",
            "best_model3.pth",
            "Checkpoint-10.pt",
            "epoch=3-step=20.pt",
            "model.safetensors",
            "best_model.h5",
        ] {
            assert!(is_checkpoint(name), "{name}");
        }
        for name in ["metrics.pt", "model_metrics.pt", "results.pkl", "a.pt", "model.npz"] {
            assert!(!is_checkpoint(name), "{name}");
        }
    }
}
