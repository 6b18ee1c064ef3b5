//! PostgreSQL by TLS.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use insula_store::{Backups, NewBackup, Store, StoreConfig};
use insula_test_postgres::Server;

use crate::support::standard_commit;

#[tokio::test]
async fn a_server_is_reached_where_somebody_trusted_vouches_for_it() {
    let directory = tempfile::tempdir().unwrap();
    // The server runs as somebody else.
    fs::set_permissions(&directory, Permissions::from_mode(0o755)).unwrap();
    let path = |name: &str| directory.path().join(name);
    let (own, other) = (pair(), pair());
    fs::write(path("certificate.pem"), own.cert.pem()).unwrap();
    fs::write(path("key.pem"), own.signing_key.serialize_pem()).unwrap();
    fs::write(path("other.pem"), other.cert.pem()).unwrap();
    let server = Server::start_with_tls(directory.path());
    server.sql("postgres", "CREATE DATABASE tests");
    let url = |root: &str| {
        format!("{}?sslmode=verify-full&sslrootcert={}", server.url_by_port("tests"), path(root).display())
    };

    let store = Store::open(StoreConfig::new(url("certificate.pem"))).await.unwrap();
    store.commit(standard_commit()).await.unwrap();
    let encrypted = "SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
                     WHERE datname = 'tests' AND client_addr IS NOT NULL";
    assert_eq!(server.sql("tests", encrypted), "t");
    // PostgreSQL's own programs are told the same.
    let config = StoreConfig { backups: Some(path("backups")), ..StoreConfig::new(url("certificate.pem")) };
    Backups::new(config).unwrap().take(NewBackup::default()).await.unwrap();
    store.close().await.unwrap();

    let refused = Store::open(StoreConfig::new(url("other.pem"))).await.unwrap_err().to_string();
    assert!(refused.contains("TLS") && refused.contains("sslrootcert=FILE"), "{refused}");
}

fn pair() -> rcgen::CertifiedKey<rcgen::KeyPair> {
    rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}
