use super::*;

#[test]
fn a_table_holds_from_its_step_on() {
    let table = Schedule::table([(0, 1.0), (3, 2.0), (5, 0.0)]).unwrap();
    let values: Vec<f64> = (0..7).map(|t| table.at(t)).collect();
    assert_eq!(values, [1.0, 1.0, 1.0, 2.0, 2.0, 0.0, 0.0]);
    assert_eq!(Schedule::Table(vec![(2, 1.0).into()]).at(1), 0.0);
}

#[test]
fn every_number_is_multiplied() {
    for schedule in [
        Schedule::Constant(0.5),
        Schedule::table([(0, 1.0), (3, 2.0)]).unwrap(),
        Schedule::inverse_time(0.5, 3.0).unwrap(),
        Schedule::cosine(1.0, 0.25, 10).unwrap(),
        Schedule::linear(1.0, 0.25, 10).unwrap(),
        Schedule::exponential(1.0, 0.25, 10).unwrap(),
        Schedule::warm_up(5, 0.5).unwrap(),
    ] {
        let twice = schedule.clone().times(2.0);
        assert!(
            (0..12).all(|t| twice.at(t) == 2.0 * schedule.at(t)),
            "{schedule:?}"
        );
    }
}

#[test]
fn tables_out_of_order_and_bad_rates_are_refused() {
    for steps in [vec![], vec![(1, 0.1)], vec![(0, 0.1), (5, 0.2), (5, 0.3)]] {
        let error = Schedule::table(steps).unwrap_err().to_string();
        assert!(error.contains("begin at 0 and increase"), "{error}");
    }
    let error = Schedule::table([(0, f64::NAN)]).unwrap_err().to_string();
    assert!(error.contains("NaN"), "{error}");
}

#[test]
fn a_function_is_asked_once_a_step_and_its_last_number_stays() {
    let mut asked = Vec::new();
    let values = [0.5, 0.5, 0.25, 0.5, 0.5];
    let schedule = Schedule::from_fn(5, |t| {
        asked.push(t);
        values[t as usize]
    })
    .unwrap();
    assert_eq!(asked, [0, 1, 2, 3, 4]);
    let merged = Schedule::table([(0, 0.5), (2, 0.25), (3, 0.5)]);
    assert_eq!(schedule, merged.unwrap());
    assert_eq!(schedule.at(u64::MAX), 0.5);
}

#[test]
fn the_inverse_of_time_halves_after_its_timescale() {
    let schedule = Schedule::inverse_time(1.5, 4.0).unwrap();
    let found = [0, 4, 8, 20].map(|t| schedule.at(t));
    assert_eq!(found, [1.5, 0.75, 0.5, 0.25]);
    let sudden = Schedule::inverse_time(1.0, f64::MIN_POSITIVE).unwrap();
    assert_eq!((sudden.at(0), sudden.at(u64::MAX)), (1.0, 0.0));
}

#[test]
fn a_cosine_meets_its_ends_exactly_and_stays_between_them() {
    for (first, last) in [(0.1, 0.3), (0.3, 1e-9), (1e-20, 0.7), (f64::MAX, 0.0)] {
        let schedule = Schedule::cosine(first, last, 6).unwrap();
        let values: Vec<f64> = (0..6).map(|t| schedule.at(t)).collect();
        assert_eq!(values[0], first);
        let (low, high) = (first.min(last), first.max(last));
        assert!(values.iter().all(|value| (low..=high).contains(value)));
        assert_eq!([6, 7, u64::MAX].map(|t| schedule.at(t)), [last; 3]);
    }
    let schedule = Schedule::cosine(3.0, 1.0, 6).unwrap();
    for (t, expected) in [(2, 2.5), (3, 2.0), (4, 1.5)] {
        let found = schedule.at(t);
        assert!((found - expected).abs() < 1e-15, "{found} at {t}");
    }
}

#[test]
fn a_straight_way_meets_its_ends_exactly_and_stays_between_them() {
    for (first, last) in [(0.1, 0.3), (0.3, 1e-9), (f64::MAX, 0.0)] {
        let schedule = Schedule::linear(first, last, 6).unwrap();
        let values: Vec<f64> = (0..6).map(|t| schedule.at(t)).collect();
        let (low, high) = (first.min(last), first.max(last));
        assert_eq!(values[0], first);
        assert!(values.iter().all(|value| (low..=high).contains(value)));
        assert_eq!([6, 7, u64::MAX].map(|t| schedule.at(t)), [last; 3]);
    }
    let schedule = Schedule::linear(3.0, 1.0, 4).unwrap();
    assert_eq!([1, 2, 3].map(|t| schedule.at(t)), [2.5, 2.0, 1.5]);
}

#[test]
fn an_exponential_is_multiplied_by_its_factor() {
    let schedule = Schedule::exponential(3.0, 0.25, 10).unwrap();
    for (t, expected) in [(0, 3.0), (5, 1.5), (10, 0.75), (20, 0.1875)] {
        let found = schedule.at(t);
        assert!((found / expected - 1.0).abs() < 1e-14, "{found} at {t}");
    }
    assert_eq!(schedule.at(u64::MAX), 0.0);
    let flat = Schedule::exponential(3.0, 1.0, 1).unwrap();
    assert_eq!(flat.at(u64::MAX), 3.0);
    for factor in [0.0, -0.5, 1.5, f64::NAN] {
        assert!(Schedule::exponential(0.1, factor, 10).is_err(), "{factor}");
    }
    assert!(Schedule::exponential(0.1, 0.5, 0).is_err());
}

#[test]
fn parts_of_a_join_count_from_their_own_beginning() {
    let part = Schedule::linear(1.0, 0.0, 4).unwrap();
    let joined = Schedule::join([(0, part.clone()), (2, part), (10, 7.0.into())]).unwrap();
    let values: Vec<f64> = (0..12).map(|t| joined.at(t)).collect();
    let expected = [
        1.0, 0.75, 1.0, 0.75, 0.5, 0.25, 0.0, 0.0, 0.0, 0.0, 7.0, 7.0,
    ];
    assert_eq!(values, expected);
    for steps in [vec![], vec![1], vec![0, 5, 5]] {
        let parts = steps.into_iter().map(|step| (step, Schedule::from(0.1)));
        assert!(Schedule::join(parts).is_err());
    }
    let bad = Schedule::Constant(-1.0);
    assert!(Schedule::join([(0, bad)]).is_err());
}

#[test]
fn a_warm_up_ends_where_the_schedule_begins() {
    let then = Schedule::table([(0, 0.5), (3, 0.25)]).unwrap();
    let schedule = Schedule::warm_up(2, then).unwrap();
    let values: Vec<f64> = (0..6).map(|t| schedule.at(t)).collect();
    assert_eq!(values, [0.0, 0.25, 0.5, 0.5, 0.5, 0.25]);
    assert!(!schedule.is_zero() && Schedule::warm_up(2, 0.0).unwrap().is_zero());
    assert!(Schedule::warm_up(0, 0.1).is_err());
}

#[cfg(feature = "serde")]
#[test]
fn every_schedule_survives_storage() {
    let schedules = [
        (Schedule::from(0.1), r#"{"constant":0.1}"#),
        (
            Schedule::table([(0, 0.1), (7, 0.0)]).unwrap(),
            r#"{"table":[[0,0.1],[7,0.0]]}"#,
        ),
        (
            Schedule::inverse_time(0.1, 30.0).unwrap(),
            r#"{"inverse-time":{"first":0.1,"timescale":30.0}}"#,
        ),
        (
            Schedule::cosine(0.1, 0.01, 7).unwrap(),
            r#"{"cosine":{"first":0.1,"last":0.01,"steps":7}}"#,
        ),
        (
            Schedule::exponential(0.1, 0.5, 7).unwrap(),
            r#"{"exponential":{"first":0.1,"factor":0.5,"steps":7}}"#,
        ),
        (
            Schedule::warm_up(7, 0.1).unwrap(),
            r#"{"join":[[0,{"linear":{"first":0.0,"last":0.1,"steps":7}}],[7,{"constant":0.1}]]}"#,
        ),
    ];
    for (schedule, text) in schedules {
        assert_eq!(serde_json::to_string(&schedule).unwrap(), text);
        let again: Schedule = serde_json::from_str(text).unwrap();
        assert_eq!(again, schedule);
        let bytes = postcard::to_stdvec(&schedule).unwrap();
        assert_eq!(postcard::from_bytes::<Schedule>(&bytes).unwrap(), schedule);
    }
}

#[test]
fn a_join_within_a_join_is_one_join() {
    let inner = Schedule::join([
        (0, Schedule::from(0.5)),
        (10, Schedule::linear(0.5, 0.0, 20).unwrap()),
        (90, Schedule::from(0.25)),
    ]);
    let inner = inner.unwrap();
    let parts = [
        (0, Schedule::from(1.0)),
        (5, inner.clone()),
        (60, 0.125.into()),
    ];
    let joined = Schedule::join(parts).unwrap();
    for t in 0..100 {
        let expected = match t {
            0..5 => 1.0,
            5..60 => inner.at(t - 5),
            _ => 0.125,
        };
        assert_eq!(joined.at(t), expected, "{t}");
    }
    let Schedule::Join(parts) = &joined else {
        panic!("{joined:?}");
    };
    assert_eq!(parts.len(), 4, "the part from step 95 on never holds");
    let nested = Schedule::Join(vec![(0, inner).into()]);
    assert!(nested.check(ENTRY).is_err());
}
