//! A bad line over real TCP: cuts a connection at any byte of either direction, loses answers, doubles, delays and reorders
//! requests.
//!
//! It knows bytes, and of HTTP only where a request ends.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// What happens to the next connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Nothing.
    Clean,
    /// It breaks after so many bytes of the request.
    CutRequest(usize),
    /// It breaks after so many bytes of the answer, which is whole by then; after none, the answer is lost.
    CutAnswer(usize),
    /// Both directions come in pieces of so many bytes.
    Pieces(usize),
    /// The request arrives twice at once, and one answer comes back.
    Twice,
    /// The connection breaks, and the request arrives when it is told to.
    Late,
}

/// What a connection came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed {
    /// What was planned.
    pub plan: Plan,
    /// Bytes of the request that reached the server.
    pub up: usize,
    /// Bytes of the answer that reached the phone.
    pub down: usize,
    /// Whether the connection broke as planned.
    pub broke: bool,
}

#[derive(Debug, Default)]
struct Shared {
    plans: Mutex<VecDeque<Plan>>,
    passed: Mutex<Vec<Passed>>,
    late: Mutex<Vec<(SocketAddr, Vec<u8>)>>,
}

/// The proxy; it ends when dropped.
#[derive(Debug)]
pub struct Proxy {
    /// Where phones connect, such as `http://127.0.0.1:41234`.
    pub base: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Proxy {
    /// Stands before these servers; connections go to them in turn.
    pub async fn before(servers: &[&str]) -> Self {
        let addresses: Vec<SocketAddr> = servers
            .iter()
            .map(|base| {
                base.trim_start_matches("http://")
                    .parse()
                    .expect("an address")
            })
            .collect();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let own = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared::default());
        let of_task = shared.clone();
        let task = tokio::spawn(async move {
            for server in addresses.iter().cycle() {
                let Ok((phone, _)) = listener.accept().await else {
                    return;
                };
                let plan = lock(&of_task.plans).pop_front().unwrap_or(Plan::Clean);
                tokio::spawn(carry(phone, *server, plan, of_task.clone()));
            }
        });
        Self {
            base: format!("http://{own}"),
            shared,
            task,
        }
    }

    /// What happens to the next connection that has no plan yet.
    pub fn plan(&self, plan: Plan) {
        lock(&self.shared.plans).push_back(plan);
    }

    /// What connections came to, in the order of their ends.
    pub fn passed(&self) -> Vec<Passed> {
        lock(&self.shared.passed).clone()
    }

    /// Delivers the requests that came late, the latest first; how many there were.
    pub async fn deliver_late(&self) -> usize {
        let letters = std::mem::take(&mut *lock(&self.shared.late));
        let count = letters.len();
        for (server, request) in letters.into_iter().rev() {
            let answer = ask(server, &request).await;
            assert!(answer.is_ok(), "a late request gets an answer: {answer:?}");
        }
        count
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn carry(phone: TcpStream, server: SocketAddr, plan: Plan, shared: Arc<Shared>) {
    let (mut up, mut down, mut broke) = (0, 0, true);
    // Whatever the sockets say in the end, the counts tell what passed.
    let _ = match plan {
        Plan::Clean => {
            broke = false;
            pass(phone, server, &mut up, &mut down).await
        }
        Plan::CutRequest(at) => cut_request(phone, server, at, &mut up).await,
        Plan::CutAnswer(at) => cut_answer(phone, server, at, &mut up, &mut down).await,
        Plan::Pieces(size) => {
            broke = false;
            pieces(phone, server, size, &mut up, &mut down).await
        }
        Plan::Twice => {
            broke = false;
            twice(phone, server, &mut up, &mut down).await
        }
        Plan::Late => late(phone, server, &shared).await,
    };
    lock(&shared.passed).push(Passed {
        plan,
        up,
        down,
        broke,
    });
}

async fn pass(
    mut phone: TcpStream,
    server: SocketAddr,
    up: &mut usize,
    down: &mut usize,
) -> std::io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    let (sent, received) = copy_bidirectional(&mut phone, &mut server).await?;
    *up = usize::try_from(sent).unwrap_or(usize::MAX);
    *down = usize::try_from(received).unwrap_or(usize::MAX);
    Ok(())
}

/// Both sides see the connection break: even positions by a reset, odd ones by an early end.
async fn cut_request(
    mut phone: TcpStream,
    server: SocketAddr,
    at: usize,
    up: &mut usize,
) -> std::io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    let request = read_request(&mut phone).await?;
    let part = request.get(..at).unwrap_or(&request);
    server.write_all(part).await?;
    server.flush().await?;
    *up = part.len();
    if at.is_multiple_of(2) {
        server.set_zero_linger()?;
        phone.set_zero_linger()?;
    }
    Ok(())
}

async fn cut_answer(
    mut phone: TcpStream,
    server: SocketAddr,
    at: usize,
    up: &mut usize,
    down: &mut usize,
) -> std::io::Result<()> {
    let request = read_request(&mut phone).await?;
    *up = request.len();
    let answer = ask(server, &request).await?;
    let part = answer.get(..at).unwrap_or(&answer);
    phone.write_all(part).await?;
    phone.flush().await?;
    *down = part.len();
    if at.is_multiple_of(2) {
        phone.set_zero_linger()?;
    }
    Ok(())
}

async fn pieces(
    mut phone: TcpStream,
    server: SocketAddr,
    size: usize,
    up: &mut usize,
    down: &mut usize,
) -> std::io::Result<()> {
    let request = read_request(&mut phone).await?;
    let mut server = TcpStream::connect(server).await?;
    server.set_nodelay(true)?;
    phone.set_nodelay(true)?;
    for piece in request.chunks(size.max(1)) {
        server.write_all(piece).await?;
        tokio::task::yield_now().await;
    }
    *up = request.len();
    let answer = read_message(&mut server).await?;
    for piece in answer.chunks(size.max(1)) {
        phone.write_all(piece).await?;
        tokio::task::yield_now().await;
    }
    *down = answer.len();
    Ok(())
}

async fn twice(
    mut phone: TcpStream,
    server: SocketAddr,
    up: &mut usize,
    down: &mut usize,
) -> std::io::Result<()> {
    let request = read_request(&mut phone).await?;
    let (first, second) = tokio::join!(ask(server, &request), ask(server, &request));
    first?;
    let answer = second?;
    phone.write_all(&answer).await?;
    (*up, *down) = (request.len() * 2, answer.len());
    Ok(())
}

async fn late(mut phone: TcpStream, server: SocketAddr, shared: &Shared) -> std::io::Result<()> {
    let request = read_request(&mut phone).await?;
    lock(&shared.late).push((server, request));
    phone.set_zero_linger()
}

/// Sends a request over a connection of its own and reads the whole answer.
async fn ask(server: SocketAddr, request: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut server = TcpStream::connect(server).await?;
    server.write_all(request).await?;
    read_message(&mut server).await
}

async fn read_request(phone: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    read_message(phone).await
}

/// No message takes longer than this; a test that waits here has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// One message: a head, and a body of the length that the head says, or in chunks.
async fn read_message(from: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let mut message = Vec::new();
    let mut buffer = vec![0; 16 * 1024];
    while !is_whole(&message) {
        let count = tokio::time::timeout(PATIENCE, from.read(&mut buffer)).await??;
        if count == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        message.extend_from_slice(&buffer[..count]);
    }
    Ok(message)
}

fn is_whole(message: &[u8]) -> bool {
    let Some(end) = message.windows(4).position(|four| four == b"\r\n\r\n") else {
        return false;
    };
    let (head, body) = message.split_at(end + 4);
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let field = |name: &str| {
        head.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
            .map(str::trim)
    };
    if field("transfer-encoding") == Some("chunked") {
        return body.ends_with(b"0\r\n\r\n");
    }
    let length = field("content-length").and_then(|length| length.parse().ok());
    body.len() >= length.unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::is_whole;

    #[test]
    fn a_message_is_whole_when_its_head_says_so() {
        let message = b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc";
        for at in 0..message.len() {
            assert!(!is_whole(&message[..at]), "{at}");
        }
        assert!(is_whole(message));
        let chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n";
        assert!(is_whole(chunked) && !is_whole(&chunked[..chunked.len() - 2]));
    }
}
