use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;

/// What became of an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It was read.
    Accepted,
    /// It was refused with this message.
    Refused(String),
}

impl Answer {
    /// The answer of a function.
    pub fn of<T, E: fmt::Display>(result: Result<T, E>) -> Self {
        match result {
            Ok(_) => Answer::Accepted,
            Err(error) => Answer::Refused(error.to_string()),
        }
    }
}

/// What takes an input.
type Run = Box<dyn Fn(&[u8]) -> Answer>;

/// One way into the library.
pub struct Door {
    /// Its name, and that of its documents in the corpus.
    pub name: &'static str,
    /// One of so many inputs of the other doors comes here, as its inputs take longer.
    pub rarity: u64,
    run: Run,
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("name", &self.name).finish()
    }
}

impl Door {
    /// The door to a function of bytes.
    pub fn new(name: &'static str, run: impl Fn(&[u8]) -> Answer + 'static) -> Self {
        Door {
            name,
            rarity: 1,
            run: Box::new(run),
        }
    }

    /// The same door for one of so many inputs.
    #[must_use]
    pub fn rare(self, rarity: u64) -> Self {
        Door { rarity, ..self }
    }

    /// Hands an input over.
    pub fn run(&self, input: &[u8]) -> Answer {
        (self.run)(input)
    }

    /// The door to a function of a text.
    pub fn text<T, E: fmt::Display>(
        name: &'static str,
        parse: impl Fn(&str) -> Result<T, E> + 'static,
    ) -> Self {
        Door::new(name, move |input| match std::str::from_utf8(input) {
            Ok(text) => Answer::of(parse(text)),
            Err(error) => Answer::Refused(error.to_string()),
        })
    }

    /// The door to a type: what is read can be written, and is read again.
    ///
    /// # Panics
    /// If it is not read again.
    pub fn of_type<T: DeserializeOwned + Serialize + fmt::Debug>(name: &'static str) -> Self {
        Door::checked::<T>(name, |_| ())
    }

    /// The door to a type whose values are used once they are read.
    ///
    /// # Panics
    /// If it is not read again.
    pub fn checked<T: DeserializeOwned + Serialize + fmt::Debug>(
        name: &'static str,
        then: impl Fn(&T) + 'static,
    ) -> Self {
        Door::new(name, move |input| {
            let value: T = match serde_json::from_slice(input) {
                Ok(value) => value,
                Err(error) => return Answer::Refused(error.to_string()),
            };
            let _ = format!("{value:?}");
            then(&value);
            if let Ok(text) = serde_json::to_string(&value) {
                let again = serde_json::from_str::<T>(&text);
                assert!(again.is_ok(), "{text} is not read again: {again:?}");
            }
            Answer::Accepted
        })
    }

    /// The door to a function whose arguments are the entries of a list.
    pub fn function<A: DeserializeOwned, T: fmt::Debug, E: fmt::Display>(
        name: &'static str,
        call: impl Fn(A) -> Result<T, E> + 'static,
    ) -> Self {
        Door::new(name, move |input| {
            let arguments: A = match serde_json::from_slice(input) {
                Ok(arguments) => arguments,
                Err(error) => return Answer::Refused(error.to_string()),
            };
            Answer::of(call(arguments).map(|value| format!("{value:?}")))
        })
    }
}
