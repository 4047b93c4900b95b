//! What a value becomes in each format.

use crate::*;

#[test]
fn what_begins_a_formula_is_quoted_in_csv_and_numbers_are_not() {
    for text in ["=1+1", "+86", "-x", "@SUM(A1)", "\t=1", "＝1"] {
        assert_eq!(quoted(text), format!("'{text}"));
    }
    assert_eq!(quoted("a=1"), "a=1");
    assert_eq!(Value::Number(-1234, 2).print(), "-12.34");
    assert_eq!(Value::Number(1250, 2).print(), "12.50");
    assert_eq!(serde_json::to_value(Value::Number(7, 0)).unwrap(), 7);
    assert_eq!(
        serde_json::to_value(Value::Number(1250, 2)).unwrap(),
        "12.50"
    );
}
