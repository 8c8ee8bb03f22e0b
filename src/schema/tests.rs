use super::*;
use crate::trial::Trial;

fn trial() -> Schema {
    Schema::of::<Trial>()
}

#[test]
fn names_lead_to_settings() {
    let schema = trial();
    for (name, path, is_alias) in [
        ("rate", "rate", false),
        ("lr", "rate", true),
        ("learning-rate", "rate", true),
        ("weight_decay", "decay", true),
        ("batch_size", "batch", true),
        ("width", "learner.width", false),
        ("hidden", "learner.width", true),
        ("learner.hidden_size", "learner.width", true),
        ("model", "learner.model", false),
        ("output-layer", "learner.output_layer", false),
        ("bias", "bias", false),
        (
            "optimizer.momentum.nesterov",
            "optimizer.momentum.nesterov",
            false,
        ),
        ("rate.cosine.steps", "rate.cosine.steps", false),
        ("curriculum.steps", "curriculum.steps", false),
    ] {
        let found = schema.find(name).unwrap();
        assert_eq!(
            (found.path.join("."), found.is_alias),
            (path.into(), is_alias),
            "{name}"
        );
    }
    // A field of a table that is there or not as a whole has its full name only.
    for name in ["steps", "xy", "learner.widht", "optimizer.lr", "rate.0"] {
        assert!(schema.find(name).is_err(), "{name}");
    }
}

#[test]
fn an_unknown_name_is_told_a_near_one_only() {
    let told = |name: &str| trial().find(name).unwrap_err().to_string();
    assert!(
        told("max_step")
            .starts_with("there is no \"max_step\"; the nearest is max_steps, and all are")
    );
    assert!(told("widht").contains("the nearest is width,"));
    assert!(told("learner.widht").contains("the nearest is learner.width,"));
    assert!(told("learnig_rate").contains("the nearest is learning_rate,"));
    for name in ["l", "xy", "epochs"] {
        assert!(told(name).starts_with(&format!("there is no {name:?}; all are ")));
    }
}

#[test]
fn every_setting_says_what_it_is() {
    let schema = trial();
    for knob in schema.knobs() {
        let help = knob.help();
        assert!(
            help.len() > 5 && !help.contains(['[', '`']),
            "{}: {help:?}",
            knob.name()
        );
    }
    let knob = |name: &str| {
        schema
            .knobs()
            .iter()
            .find(|knob| knob.name() == name)
            .unwrap()
    };
    for (name, expected) in [
        ("n", "a whole number >= 1"),
        ("noise", "a number in [0.0, 0.5)"),
        ("target_accuracy", "a number in (0.5, 1.0]"),
        ("random_labels", "true or false"),
        ("support", "a list, each item a whole number >= 0"),
        (
            "loss",
            "one of hinge, square, cross-entropy, correlation, stable-max",
        ),
        (
            "block_rates",
            "a list of pairs, a text with a number, or one of constant, table, inverse-time, cosine, linear, exponential, join",
        ),
        (
            "learner.model",
            "one of mlp, deep-mlp, polynet, disjoint-polynet, transformer",
        ),
        ("learner.mlp_width", "a whole number >= 1"),
    ] {
        assert_eq!(knob(name).expected(), expected, "{name}");
    }
    for (name, default) in [
        ("n", Some("50")),
        ("rate", Some("0.1")),
        ("support", None),
        ("frozen", Some("none")),
        ("learner.width", Some("100")),
        (
            "learner.output_bias",
            Some("false, of deep-mlp and transformer true"),
        ),
        ("learner.model", Some("mlp")),
    ] {
        assert_eq!(knob(name).default().as_deref(), default, "{name}");
    }
    assert_eq!(knob("learner.width").variants(), ["mlp"]);
    for name in ["support", "frozen", "block_rates", "learner.widths"] {
        assert!(knob(name).is_list(), "{name}");
    }
    assert!(schema.is_list(&["target", "junta", "table"]) && !schema.is_list(&["rate"]));
}

#[test]
fn short_forms_are_written_out() {
    for (short, long) in [
        (
            json!({ "rate": 0.5 }),
            json!({ "rate": { "constant": 0.5 } }),
        ),
        (
            json!({ "decay": "0:0.1, 20:0" }),
            json!({ "decay": { "table": [[0, 0.1], [20, 0.0]] } }),
        ),
        (
            json!({ "block_rates": [["output", 1]] }),
            json!({ "block_rates": [["output", { "constant": 1 }]] }),
        ),
        (
            json!({ "optimizer": "momentum" }),
            json!({ "optimizer": { "momentum": {} } }),
        ),
        (
            json!({ "filter": "grokfast-ma" }),
            json!({ "filter": { "grokfast-ma": {} } }),
        ),
        (
            json!({ "criteria": ["validation:1", "batches : 0.75 : 12"] }),
            json!({ "criteria": [
                { "validation": { "accuracy": 1 } },
                { "batches": { "accuracy": 0.75, "window": 12 } },
            ] }),
        ),
        (
            json!({ "criteria": ["batches-loss:0.5:3"], "init": "sparse:2" }),
            json!({
                "criteria": [{ "batches-loss": { "loss": 0.5, "window": 3 } }],
                "init": { "sparse": { "s": 2 } },
            }),
        ),
        (
            json!({ "block_rates": ["output=0.1", ["hidden", "0:0.1,9:0.2"]] }),
            json!({ "block_rates": [
                ["output", { "constant": 0.1 }],
                ["hidden", { "table": [[0, 0.1], [9, 0.2]] }],
            ] }),
        ),
        (
            json!({ "block_inits": ["hidden.bias=uniform:1", ["output", "constant:0"]] }),
            json!({ "block_inits": [
                ["hidden.bias", { "uniform": { "bound": 1 } }],
                ["output", { "constant": { "value": 0 } }],
            ] }),
        ),
        (
            json!({ "optimizer": "adam", "n": 3 }),
            json!({ "optimizer": "adam", "n": 3 }),
        ),
    ] {
        let mut completed = short.clone();
        trial().complete(&mut completed);
        assert_eq!(completed, long);
        let settings: Trial = serde_json::from_value(completed).unwrap();
        let written = serde_json::to_value(settings).unwrap();
        assert!(trial().check(&written).is_ok(), "{short}");
    }
}

#[test]
fn a_value_out_of_its_bounds_is_told_with_them() {
    for (settings, told) in [
        (
            json!({ "batch": 0 }),
            "batch is 0; give a whole number >= 1",
        ),
        (
            json!({ "n": "ten" }),
            "n is \"ten\"; give a whole number >= 1",
        ),
        (
            json!({ "noise": 0.5 }),
            "noise is 0.5; give a number in [0.0, 0.5)",
        ),
        (
            json!({ "learner": { "model": "mlp", "width": 0 } }),
            "learner.width is 0; give a whole number >= 1",
        ),
        (
            json!({ "learner": { "model": "mpl" } }),
            "learner is {\"model\":\"mpl\"}; give",
        ),
        (
            json!({ "optimizer": { "momentum": { "momentum": 1.0 } } }),
            "optimizer.momentum.momentum is 1.0; give a number in [0.0, 1.0)",
        ),
        (
            json!({ "curriculum": { "bias": 1.0, "steps": 9 } }),
            "curriculum.bias is 1.0; give a number in (0.0, 1.0)",
        ),
        (
            json!({ "criteria": [{ "batches": { "accuracy": 0.75 } }] }),
            "criteria[0].batches is {\"accuracy\":0.75}; give a table with accuracy and window",
        ),
        (
            json!({ "criteria": ["validation:1"] }),
            "criteria is [\"validation:1\"]; give a list, each item one of validation, batches,",
        ),
        (
            json!({ "loss": "hinged" }),
            "loss is \"hinged\"; give one of hinge, square",
        ),
    ] {
        let error = trial().check(&settings).unwrap_err().to_string();
        assert!(error.starts_with(told), "{error}");
    }
    trial()
        .check(&serde_json::to_value(Trial::default()).unwrap())
        .unwrap();
}

/// Settings with a number for a knob.
fn with(knob: &Knob, number: Value) -> Trial {
    let mut settings = serde_json::to_value(Trial {
        max_steps: 0,
        allow_unsolvable: true,
        ..Trial::default()
    })
    .unwrap();
    if let [model, ..] = knob.variants() {
        settings["learner"] = json!({ "model": model });
        // One head divides embeddings of any dimension.
        if knob.name() == "learner.d_emb" {
            settings["learner"]["heads"] = 1.into();
        }
    }
    let mut place = &mut settings;
    for name in knob.path() {
        place = &mut place[name.as_str()];
    }
    *place = number;
    serde_json::from_value(settings).unwrap()
}

#[test]
fn the_bounds_are_those_of_the_constructors() {
    let mut bounded = 0;
    for knob in trial().knobs() {
        let node = trial().node(knob.path()).unwrap().clone();
        for (bound, sign) in [("minimum", -1), ("maximum", 1)] {
            let Some(at) = node.get(bound).filter(|at| **at != 0 || at.is_f64()) else {
                continue;
            };
            let beyond = match at.as_i64() {
                Some(at) => json!(at + sign),
                None => json!(at.as_f64().unwrap() + 1e-3 * f64::from(sign as i32)),
            };
            let run = |number: Value| with(knob, number).run(&1.into());
            assert!(run(beyond).is_err(), "{} beyond its {bound}", knob.name());
            if knob.path() != ["k"] && knob.path() != ["n"] {
                run(at.clone()).unwrap();
            }
            bounded += 1;
        }
        for bound in ["exclusiveMinimum", "exclusiveMaximum"] {
            if let Some(at) = node.get(bound) {
                let run = with(knob, at.clone()).run(&1.into());
                assert!(run.is_err(), "{} at its {bound}", knob.name());
                bounded += 1;
            }
        }
    }
    assert!(bounded >= 12, "{bounded}");
}

#[test]
fn a_type_without_a_schema_has_its_names() {
    #[derive(Default, Serialize)]
    struct Inner {
        lists: Vec<u8>,
    }
    #[derive(Default, Serialize)]
    struct Own {
        n: u64,
        inner: Inner,
        maybe: Option<u8>,
    }
    let schema = Schema::of_default::<Own>();
    let names: Vec<&str> = schema.knobs().iter().map(Knob::name).collect();
    assert_eq!(names, ["inner", "inner.lists", "maybe", "n"]);
    assert_eq!(schema.find("lists").unwrap().path, ["inner", "lists"]);
    assert!(schema.is_list(&["inner", "lists"]) && !schema.is_list(&["n"]));
    assert!(schema.find("maybe.more").is_ok() && schema.find("m").is_err());
    schema.check(&json!({ "n": "any" })).unwrap();
}

#[test]
fn a_field_within_a_table_has_the_default_of_its_place() {
    let schema = Schema::of::<crate::trial::PopulationRun>();
    let activation = schema.knob(&["network", "activation"]).unwrap();
    // A network of other settings has a ReLU.
    assert_eq!(activation.default().as_deref(), Some("sine"));
    assert_eq!(activation.help(), "The activation σ");
}
