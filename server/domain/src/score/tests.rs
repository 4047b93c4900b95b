//! Every kind of rule, and a score of each shipped plan worked out by hand.

use crate::score::*;

fn example(code: &str) -> Plan {
    Plan::read(shipped(code).unwrap()).unwrap()
}

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn measures(list: &[(&str, &str)]) -> Figures {
    let measures = list
        .iter()
        .map(|(code, value)| ((*code).to_owned(), number(value)));
    Figures {
        measures: measures.collect(),
        ..Figures::default()
    }
}

/// A plan with one rule.
fn plan_of(score: &str) -> Plan {
    let text = format!(
        "code = 'p'\nversion = '1'\nsource = ''\nlabel = {{ zh = '', en = '' }}\n\
         [[rule]]\ncode = 'r'\nlabel = {{ zh = '', en = '' }}\nscore = {score}"
    );
    Plan::read(&text).unwrap()
}

fn points(plan: &Plan, figures: &Figures) -> String {
    plan.score(figures).total.expect("a total").to_string()
}

#[test]
fn each_kind_of_rule_gives_the_points_of_its_words() {
    let visits = |count: &str| measures(&[("visits", count)]);
    let cases: [(&str, &[(&str, &str)]); 6] = [
        (
            "{ per_unit = { measure = 'visits', points = '0.2', most = '0.5' } }",
            &[("0", "0"), ("1", "0.2"), ("3", "0.5")],
        ),
        (
            "{ shortfall = { measure = 'visits', target = 120, full = 15, minus = '0.5' } }",
            &[
                ("120", "15"),
                ("130", "15"),
                ("119", "14.5"),
                ("90", "0"),
                ("2", "0"),
            ],
        ),
        (
            "{ shortfall = { measure = 'visits', target = 3, full = 2, minus = 5, least = -100 } }",
            &[("3", "2"), ("1", "-8")],
        ),
        (
            "{ all_or_nothing = { measure = 'visits', target = 3, full = 5 } }",
            &[("3", "5"), ("2.99", "0")],
        ),
        (
            "{ proportion = { measure = 'visits', target = 3, weight = 20 } }",
            &[
                ("3", "20"),
                ("4", "20"),
                ("1", "6.67"),
                ("2", "13.33"),
                ("0", "0"),
            ],
        ),
        (
            "{ steps = { measure = 'visits', points = [10, 8, 5, 0] } }",
            &[("0", "10"), ("1", "8"), ("2", "5"), ("3", "0"), ("9", "0")],
        ),
    ];
    for (score, expected) in cases {
        let plan = plan_of(score);
        for (count, expected) in expected {
            assert_eq!(
                points(&plan, &visits(count)),
                *expected,
                "{score} of {count}"
            );
        }
    }
}

#[test]
fn a_band_needs_all_its_conditions() {
    // 技术入户率: 100 % and 20 visits a person 4, 80 % and 15 visits 3, 60 % and 10 visits 2, else 1.
    let plan = plan_of(
        "{ bands = { otherwise = 1, bands = [ \
         { points = 4, at_least = { reach = 100, visits = 20 } }, \
         { points = 3, at_least = { reach = 80, visits = 15 } }, \
         { points = 2, at_least = { reach = 60, visits = 10 } } ] } }",
    );
    for (reach, visits, expected) in [
        ("100", "20", "4"),
        ("100", "19", "3"),
        ("79.99", "20", "2"),
        ("100", "9", "1"),
    ] {
        let figures = measures(&[("reach", reach), ("visits", visits)]);
        assert_eq!(points(&plan, &figures), expected, "{reach} {visits}");
    }
}

#[test]
fn a_persons_grade_and_points_count_if_they_are_ones_of_the_rule() {
    let graded = plan_of("{ graded = { grades = { good = 4, fair = 3, poor = 2 } } }");
    let judged = |grade: &str| Figures {
        judged: BTreeMap::from([("r".to_owned(), grade.to_owned())]),
        ..Figures::default()
    };
    assert_eq!(points(&graded, &judged("fair")), "3");
    let unknown = graded.score(&judged("splendid"));
    assert_eq!(
        (unknown.total, &unknown.lines[0].points),
        (None, &Err(Missing::Grade))
    );
    let entered = plan_of("{ entered = { most = 20 } }");
    let given = |points: &str| Figures {
        entered: BTreeMap::from([("r".to_owned(), number(points))]),
        ..Figures::default()
    };
    assert_eq!(points(&entered, &given("17.5")), "17.5");
    for wrong in ["20.1", "-1"] {
        assert_eq!(entered.score(&given(wrong)).total, None, "{wrong}");
    }
}

#[test]
fn what_is_missing_is_said_and_never_taken_for_zero() {
    let plan = example("guangxi-check-ins");
    let score = plan.score(&measures(&[("visits", "80")]));
    assert_eq!(score.total, None);
    let missing = Missing::Measure("service_days".to_owned());
    assert_eq!(score.lines[0].points, Err(missing));
    assert_eq!(score.lines[1].points, Ok(number("16")));
}

#[test]
fn grades_and_bounds_hold_from_their_points_on() {
    let text = "code = 'p'\nversion = '1'\nsource = ''\nlabel = { zh = '', en = '' }\n\
        total = { least = 0, most = 120 }\n\
        [[grade]]\ncode = 'pass'\nlabel = { zh = '合格', en = 'pass' }\nat_least = 60\n\
        [[grade]]\ncode = 'excellent'\nlabel = { zh = '优秀', en = 'excellent' }\nat_least = 90\n\
        [[rule]]\ncode = 'r'\nlabel = { zh = '', en = '' }\nscore = { per_unit = { measure = 'visits', points = '0.1' } }";
    let plan = Plan::read(text).unwrap();
    for (visits, total, grade) in [
        ("-10", "0", None),
        ("599", "59.9", None),
        ("600", "60", Some("pass")),
        ("900", "90", Some("excellent")),
        ("5000", "120", Some("excellent")),
    ] {
        let score = plan.score(&measures(&[("visits", visits)]));
        assert_eq!(score.total, Some(number(total)));
        assert_eq!(score.grade.as_deref(), grade, "{visits}");
    }
}

#[test]
fn a_plan_that_does_not_hold_together_says_why_in_two_languages() {
    let good = "code = 'p'\nversion = '1'\nsource = ''\nlabel = { zh = '', en = '' }\n";
    let rule = |code: &str, more: &str, score: &str| {
        format!(
            "[[rule]]\ncode = '{code}'\nlabel = {{ zh = '', en = '' }}\n{more}\nscore = {score}\n"
        )
    };
    let fine = "{ entered = { most = 5 } }";
    let wrong = [
        (String::new(), "rule"),
        ("rule = []".to_owned(), "no rule"),
        (rule("a", "", fine) + &rule("a", "", fine), "twice"),
        (rule("a", "group = 'g'", fine), "group g"),
        (
            rule("a", "", "{ steps = { measure = 'm', points = [] } }"),
            "nothing to decide",
        ),
        (
            rule("a", "", "{ entered = { most = 0.6 } }"),
            "write fractions as text",
        ),
        (
            rule("a", "", "{ entered = { most = '9e' } }"),
            "write fractions as text",
        ),
        (
            rule("a", "", "{ entered = { most = '1000000001' } }"),
            "1000000000",
        ),
        (
            rule("a", "", "{ entered = { most = '0.00001' } }"),
            "1000000000",
        ),
        (rule("a", "", "{ entered = { mots = 5 } }"), "mots"),
        (rule("a", "", "{ guess = { most = 5 } }"), "guess"),
    ];
    for (more, why) in wrong {
        let sentence = Plan::read(&format!("{good}{more}")).unwrap_err().sentence();
        assert!(sentence.en.contains(why), "{why}: {}", sentence.en);
        assert!(!sentence.zh.is_empty());
    }
}

#[test]
fn the_score_of_wujin_is_what_comes_out_by_hand() {
    let plan = example("wujin-2012");
    let mut figures = measures(&[
        ("demo_households", "20"),
        ("agreements", "20"),
        ("households_with_material", "18"),
        ("households_with_subsidy", "19"),
        ("plates", "20"),
        ("training_absences", "1"),
        ("training_sessions", "2"),
        ("visits", "117"),
        ("correct_phones", "17"),
        ("handbooks_on_time", "20"),
        ("household_plans", "9"),
        ("work_summaries", "1"),
        ("dissatisfied", "2"),
        ("papers", "1"),
        ("innovations", "0"),
        ("news_items", "3"),
    ]);
    figures.entered.insert("effect".to_owned(), number("13.5"));
    // 5 + (5 - 2×0.5) + 0 + 5 + (5 - 1) + (15 - 5) + (15 - 3×0.5) + (5 - 3×0.5) + 5 + (5 - 11×0.5, at least 0) + 5
    // + 13.5 + 5 + 5 + 0 + 6 = 84.5
    let by_hand = [
        "5", "4", "0", "5", "4", "10", "13.5", "3.5", "5", "0", "5", "13.5", "5", "5", "0", "6",
    ];
    let score = plan.score(&figures);
    let lines: Vec<String> = score
        .lines
        .iter()
        .map(|line| line.points.as_ref().unwrap().to_string())
        .collect();
    assert_eq!(lines, by_hand);
    assert_eq!(score.total, Some(number("84.5")));
}

#[test]
fn the_score_of_guangxi_is_what_comes_out_by_hand() {
    let plan = example("guangxi-check-ins");
    // 40 × 0.6 + 55 × 0.2 = 24 + 11 = 35; 60 × 0.6 + 80 × 0.2 = 36 + 16 = 52, capped at 45.
    for (days, visits, total) in [("40", "55", "35"), ("60", "80", "45")] {
        let figures = measures(&[("service_days", days), ("visits", visits)]);
        assert_eq!(points(&plan, &figures), total);
    }
}

#[test]
fn the_score_of_longyan_is_what_comes_out_by_hand() {
    let plan = example("longyan-2023");
    let mut figures = measures(&[("visits", "11"), ("satisfied", "8"), ("feedbacks", "9")]);
    figures.entered.insert("effect".to_owned(), number("16.5"));
    // 11/12 × 60 = 55; 16.5; 8/9 × 20 = 17.777… = 17.78; together 89.28.
    assert_eq!(points(&plan, &figures), "89.28");
}

#[test]
fn the_score_of_a_township_is_what_comes_out_by_hand() {
    let plan = example("township-responsibility");
    let mut figures = measures(&[
        ("meetings", "3"),
        ("plan_items", "3"),
        ("deputy_items", "3"),
        ("spending_percent", "0.99"),
        ("new_techniques", "2"),
        ("new_varieties", "6"),
        ("demonstrations", "4"),
        ("national_projects", "0"),
        ("province_projects", "1"),
        ("city_projects", "3"),
        ("district_projects", "1"),
    ]);
    figures.entered.insert("summary".to_owned(), number("7"));
    figures.entered.insert("economy".to_owned(), number("3.5"));
    // 8 (of 12) + 6 + 6 + 7 + 0 + 3.5 + min(6 + 5, 10) + min(12, 10) + 5 = 55.5
    assert_eq!(points(&plan, &figures), "55.5");
}

#[test]
fn every_shipped_plan_has_the_code_by_which_it_is_found() {
    for (code, text) in SHIPPED {
        assert_eq!(Plan::read(text).unwrap().code, code);
    }
    assert_eq!(shipped("none"), None);
}

#[test]
fn figures_are_read_from_a_file_and_are_exact() {
    let text = "[measures]\nvisits = 117\nspending_percent = '0.99'\n[judged]\nr = 'good'\n[entered]\neffect = '13.5'";
    let figures = Figures::read(text).unwrap();
    assert_eq!(figures.measures["spending_percent"], number("0.99"));
    assert_eq!(figures.entered["effect"], number("13.5"));
    assert_eq!(figures.judged["r"], "good");
    for wrong in [
        "[measures]\nvisits = 0.5",
        "[measure]\nvisits = 1",
        "visits",
    ] {
        assert!(Figures::read(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn what_the_pages_show_is_read() {
    for page in [
        include_str!("../../../../docs/score-plans.md"),
        include_str!("../../../../docs/score-plans.zh-CN.md"),
    ] {
        let blocks: Vec<&str> = page
            .split("```toml\n")
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .collect();
        let [figures, plan] = blocks.as_slice() else {
            panic!("two files are shown");
        };
        Figures::read(figures).unwrap();
        assert_eq!(Plan::read(plan).unwrap().groups.len(), 1);
    }
}
