//! Population gradients.
