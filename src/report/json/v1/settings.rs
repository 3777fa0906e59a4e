//! What `config show` prints.

use schemars::JsonSchema;
use serde::Serialize;

use super::SCHEMA;

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Settings {
    #[schemars(extend("const" = SCHEMA))]
    pub(crate) schema: &'static str,
    pub(crate) settings: Vec<Setting>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Setting {
    pub(crate) name: &'static str,
    /// Null where there is none.
    pub(crate) value: Option<Value>,
    /// A flag, a variable of the environment, a place in the manifest, or `default`.
    pub(crate) from: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "SettingValue")]
pub(crate) enum Value {
    Flag(bool),
    Number(usize),
    Text(String),
    List(Vec<String>),
}
