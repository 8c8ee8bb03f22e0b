/// What happens to the biases of the hidden neurons.
///
/// ```
/// use sparse_parity::activation::Relu;
/// use sparse_parity::model::{Architecture, Biases, Mlp, MlpSettings};
/// use sparse_parity::params::Init;
///
/// let settings = MlpSettings::default().with_activation(Relu);
/// let settings = MlpSettings { biases: Biases::None, ..settings };
/// let model = Mlp::from_settings(50, settings, Init::default())?;
/// assert_eq!(model.layout().len(), 100 * 50 + 100);
/// # Ok::<(), sparse_parity::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "sweep", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Biases {
    /// They are drawn and trained.
    #[default]
    Trained,
    /// They are drawn and keep their initial values.
    ///
    /// A network has the same blocks as for [`Trained`](Biases::Trained); a
    /// [`Rule`](crate::optim::Rule) freezes them, as a [`Trial`](crate::trial::Trial) does by itself.
    Fixed,
    /// There are none.
    None,
}

impl Biases {
    /// Whether the network has a block for them.
    pub fn are_there(self) -> bool {
        match self {
            Biases::Trained | Biases::Fixed => true,
            Biases::None => false,
        }
    }
}
