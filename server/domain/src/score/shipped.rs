//! The plans that come with Tepai: examples from published documents, to copy and edit.

/// Codes and texts.
pub const SHIPPED: [(&str, &str); 4] = [
    (
        "wujin-2012",
        include_str!("../../../score-plans/wujin-2012.toml"),
    ),
    (
        "guangxi-check-ins",
        include_str!("../../../score-plans/guangxi-check-ins.toml"),
    ),
    (
        "longyan-2023",
        include_str!("../../../score-plans/longyan-2023.toml"),
    ),
    (
        "township-responsibility",
        include_str!("../../../score-plans/township-responsibility.toml"),
    ),
];

/// The text of a plan that comes with Tepai.
pub fn shipped(code: &str) -> Option<&'static str> {
    let mut all = SHIPPED.iter();
    all.find(|(own, _)| *own == code).map(|(_, text)| *text)
}
