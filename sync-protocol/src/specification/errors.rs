//! The table of all error codes as Markdown: status, when to send again, what the user can do, and the sentences.

use super::Language;
use crate::problem::{ErrorCode, Retry, UserAction};
use crate::words::words;
use std::fmt::Write as _;

/// All error codes: of whole requests, of single mutations, and of single fields.
pub(super) fn tables(language: Language) -> String {
    let say = |zh, en| language.of(words(zh, en));
    let mut text = String::from(say(
        "# 错误码\n\n由代码生成（`make gen`），请勿手改。代码不改名、不改义，只会增加；判断一律按代码，句子是给人看的。\n\
         手机显示中文那一列；不认识的代码，显示随之而来的句子，并按 `retry` 与 `user_action` 处理。\n",
        "# Error codes\n\nGenerated from the code (`make gen`); do not edit. A code is never renamed and never changes its meaning; new ones come. \
         Branch on the code; the sentences are for people.\nA phone shows the Chinese sentence. Of a code that it does not know \
         it shows the sentence that came with it, and goes by `retry` and `user_action`.\n",
    ));
    text.push_str(say("\n## `retry`\n\n", "\n## `retry`\n\n"));
    for (retry, meaning) in RETRIES {
        let _ = writeln!(text, "- `{}`: {}", word(&retry), language.of(meaning));
    }
    text.push_str("\n## `user_action`\n\n");
    for (action, meaning) in ACTIONS {
        let _ = writeln!(text, "- `{}`: {}", word(&action), language.of(meaning));
    }
    for (heading, codes) in sections() {
        let _ = writeln!(text, "\n## {}\n", language.of(heading));
        text.push_str(say(
            "| 代码 | 状态码 | `retry` | `user_action` | 手机显示 | 英文 |\n|---|---|---|---|---|---|\n",
            "| code | status | `retry` | `user_action` | what the phone shows | in English |\n|---|---|---|---|---|---|\n",
        ));
        for code in codes {
            let (title, status) = (code.title(), code.status());
            let (retry, action) = (word(&code.retry()), word(&code.user_action()));
            let _ = writeln!(
                text,
                "| `{}` | {status} | `{retry}` | `{action}` | {} | {} |",
                code.as_str(),
                title.zh,
                title.en
            );
        }
    }
    text
}

const RETRIES: [(Retry, crate::words::Words); 3] = [
    (
        Retry::Never,
        words("原样重发没有用", "sending the same again is of no use"),
    ),
    (Retry::AfterPull, words("先下载再试", "after a pull")),
    (
        Retry::Later,
        words("按退避规则稍后重发", "later, by the rule of back-off"),
    ),
];

const ACTIONS: [(UserAction, crate::words::Words); 5] = [
    (
        UserAction::None,
        words("用户无须处理", "nothing; the client deals with it"),
    ),
    (
        UserAction::Edit,
        words("修改后再提交", "edit and send again"),
    ),
    (
        UserAction::SignIn,
        words("重新登录或绑定", "sign in or enrol again"),
    ),
    (UserAction::UpdateApp, words("更新应用", "update the app")),
    (
        UserAction::AskOffice,
        words(
            "联系乡镇协调员或县级",
            "ask the coordinator or the county bureau",
        ),
    ),
];

/// The codes by what they are about, in the order in which they are declared.
fn sections() -> [(crate::words::Words, &'static [ErrorCode]); 3] {
    let at = |first| ErrorCode::ALL.iter().position(|code| *code == first);
    let (requests, rest) = ErrorCode::ALL.split_at(at(ErrorCode::UnknownKind).unwrap_or_default());
    let fields = at(ErrorCode::Required).unwrap_or_default();
    let (mutations, fields) = rest.split_at(fields.saturating_sub(requests.len()));
    [
        (
            words(
                "整个请求（HTTP 状态码，`application/problem+json`）",
                "Of a whole request (HTTP status, `application/problem+json`)",
            ),
            requests,
        ),
        (
            words(
                "单条变更（在 `results` 里；整个请求仍是 200）",
                "Of one mutation (in `results`; the request itself is answered 200)",
            ),
            mutations,
        ),
        (
            words(
                "单个字段（在 `errors` 里，`pointer` 指出位置）",
                "Of one field (in `errors`; `pointer` says where)",
            ),
            fields,
        ),
    ]
}

fn word(value: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_stands_in_one_section_with_its_sentence() {
        for language in [Language::En, Language::Zh] {
            let text = tables(language);
            for code in ErrorCode::ALL {
                let row = format!("\n| `{}` | {} |", code.as_str(), code.status());
                assert_eq!(text.matches(&row).count(), 1, "{}", code.as_str());
                assert!(text.contains(code.title().zh), "{}", code.as_str());
            }
        }
        assert!(sections().iter().all(|(_, codes)| codes.len() >= 10));
    }

    #[test]
    fn what_a_whole_request_is_refused_with_is_not_called_a_wrong_field() {
        let [(_, requests), (_, mutations), (_, fields)] = sections();
        assert!(requests.contains(&ErrorCode::Busy) && !requests.contains(&ErrorCode::Required));
        assert!(mutations.contains(&ErrorCode::FutureSchema));
        assert!(fields.contains(&ErrorCode::ControlCharacter));
    }
}
