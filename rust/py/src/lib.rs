//! The Python binding: extract, detach, convert. It computes nothing.
//!
//! One verb of the extension is one file here and one section of `_core.pyi`.

mod array;
mod cache;
mod cell;
mod dense;
mod detach;
mod errors;
mod find;
mod floor;
mod list;
mod metrics;
mod open;
mod overrides;
mod sweep;
mod table;
mod value;

use pyo3::prelude::*;

#[pymodule]
fn _core(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add("ERROR_CODES", errors::codes())?;
    module.add("IS_OPTIMISED", !cfg!(debug_assertions))?;
    module.add_class::<sweep::PySweep>()?;
    module.add_function(wrap_pyfunction!(cache::cache_clear, module)?)?;
    module.add_function(wrap_pyfunction!(cache::cache_directory, module)?)?;
    module.add_function(wrap_pyfunction!(cache::cache_list, module)?)?;
    module.add_function(wrap_pyfunction!(find::find_sweeps, module)?)?;
    module.add_function(wrap_pyfunction!(floor::copy_floor, module)?)?;
    module.add_function(wrap_pyfunction!(floor::read_floor, module)?)?;
    module.add_function(wrap_pyfunction!(floor::stat_floor, module)?)?;
    module.add_function(wrap_pyfunction!(list::list_sweeps, module)?)?;
    module.add_function(wrap_pyfunction!(metrics::is_read_elsewhere, module)?)?;
    module.add_function(wrap_pyfunction!(metrics::load_metrics, module)?)?;
    module.add_function(wrap_pyfunction!(metrics::save_metrics, module)?)?;
    module.add_function(wrap_pyfunction!(open::open_sweep, module)?)?;
    module.add_function(wrap_pyfunction!(overrides::parse_override, module)?)?;
    Ok(())
}
