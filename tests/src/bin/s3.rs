//! An S3-compatible server that others wrote (`s3s-fs`), over a directory: `s3 ADDRESS DIRECTORY`. It says where it listens.

#![expect(
    clippy::print_stdout,
    reason = "whoever starts it reads where it listens"
)]

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tepai_tests::s3::{KEY_ID, SECRET};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_default();
    let directory = arguments.next().unwrap_or_default();
    let files = FileSystem::new(directory).map_err(|error| anyhow::anyhow!("{error:?}"))?;
    let mut service = S3ServiceBuilder::new(files);
    service.set_auth(SimpleAuth::from_single(KEY_ID, SECRET));
    let service = service.build();
    let listener = TcpListener::bind(address).await?;
    println!("http://{}", listener.local_addr()?);
    loop {
        let (socket, _) = listener.accept().await?;
        let service = service.clone();
        tokio::spawn(async move {
            let http = Builder::new(TokioExecutor::new());
            // A client that goes away is no concern of the others.
            let _ = http.serve_connection(TokioIo::new(socket), service).await;
        });
    }
}
