//! Lets the body of a form through. The parser of forms takes all that is there before it looks at it, and looks through all
//! of it again for each piece that comes: so little is there until the file begins. It knows no upload.

use axum::body::{Body, BodyDataStream};
use axum::extract::Request;
use bytes::Bytes;
use futures::Stream;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

/// What is let through at a time.
const PIECE: usize = 16 * 1024;

/// Opens a gate: from now on everything is let through as it comes.
#[derive(Clone, Debug, Default)]
pub(super) struct Opener(Arc<AtomicBool>);

impl Opener {
    /// The file has begun.
    pub(super) fn open(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// More came before the file of a form than a form has beside it.
#[derive(Debug, thiserror::Error)]
#[error("the form holds too much before its file / 表单在文件之前的内容过多")]
struct TooMuch;

struct Gate {
    body: BodyDataStream,
    opener: Opener,
    /// Bytes that may still pass before it opens.
    left: usize,
    /// What has come and has not passed.
    rest: Bytes,
    /// Whether the parser is to look at what it has.
    pauses: bool,
}

/// Puts a gate before a form, which lets `most` bytes through until it is opened.
pub(super) fn before_form(request: Request, most: usize) -> (Request, Opener) {
    let opener = Opener::default();
    let gated = request.map(|body| {
        Body::from_stream(Gate {
            body: body.into_data_stream(),
            opener: opener.clone(),
            left: most,
            rest: Bytes::new(),
            pauses: false,
        })
    });
    (gated, opener)
}

impl Stream for Gate {
    type Item = Result<Bytes, axum::BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let is_open = self.opener.0.load(Ordering::Relaxed);
        if std::mem::take(&mut self.pauses) && !is_open {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        if self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_next(context)) {
                Some(Ok(bytes)) => self.rest = bytes,
                Some(Err(broken)) => return Poll::Ready(Some(Err(broken.into()))),
                None => return Poll::Ready(None),
            }
        }
        if is_open {
            return Poll::Ready(Some(Ok(std::mem::take(&mut self.rest))));
        }
        if self.left == 0 {
            return Poll::Ready(Some(Err(TooMuch.into())));
        }
        let count = self.rest.len().min(PIECE).min(self.left);
        self.left -= count;
        self.pauses = true;
        Poll::Ready(Some(Ok(self.rest.split_to(count))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt;

    fn request(bytes: usize) -> Request {
        Request::new(Body::from(vec![7; bytes]))
    }

    async fn pass(gated: Request) -> (usize, bool) {
        let mut pieces = gated.into_body().into_data_stream();
        let mut passed = 0;
        while let Some(piece) = pieces.next().await {
            let Ok(bytes) = piece else {
                return (passed, false);
            };
            passed += bytes.len();
        }
        (passed, true)
    }

    #[tokio::test]
    async fn a_gate_lets_little_through_until_it_is_opened_and_then_everything() {
        let (gated, _opener) = before_form(request(1_000_000), 65_536);
        assert_eq!(pass(gated).await, (65_536, false));
        let (gated, opener) = before_form(request(1_000_000), 65_536);
        opener.open();
        assert_eq!(pass(gated).await, (1_000_000, true));
        let (gated, _opener) = before_form(request(60_000), 65_536);
        assert_eq!(pass(gated).await, (60_000, true));
    }
}
