//! A small county over a database of its own: three townships of four villages, people, and an [`App`] whose
//! clock stands still until a test moves it.

use crate::database::{Backend, TestDatabase};
use crate::phone::Phone;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, FromQueryResult, Statement, Value};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use tepai_app::clock::Clock;
use tepai_app::secrets::fingerprint;
use tepai_app::{App, Policy};
use tepai_domain::actor::{DeviceActor, OfficeActor, Role};
use tepai_domain::secret::Secret;
use tepai_store::Store;
use tepai_sync_protocol::division::DivisionCode;
use tepai_sync_protocol::ids::{DeviceId, PersonId};
use uuid::Uuid;

/// 2026-06-30 10:00 in Shanghai.
pub const NOW_MS: i64 = 1_782_784_800_000;
/// One day.
pub const DAY_MS: i64 = 86_400_000;
/// The county of the tests.
pub const COUNTY: &str = "990421";

/// A county, its database and its server's application.
#[derive(Debug)]
pub struct World {
    /// The application.
    pub app: App,
    /// Its clock.
    pub clock: Clock,
    /// A connection of the test's own.
    pub database: DatabaseConnection,
    /// How to connect to the database.
    pub url: String,
    count: AtomicU64,
    photos: TempDir,
    _database: TestDatabase,
}

impl World {
    /// Starts a county; `None` where the database is not to be had and nobody insists.
    pub async fn start(backend: Backend) -> Option<Self> {
        Some(Self::start_over(TestDatabase::create(backend).await?).await)
    }

    /// Starts a county over a database.
    pub async fn start_over(own: TestDatabase) -> Self {
        let clock = Clock::manual(NOW_MS, 1);
        let store = Store::connect(&own.url, 8)
            .await
            .expect("the database opens");
        let zone = TimeZone::get("Asia/Shanghai").expect("the zone is known");
        let photos = TempDir::new().expect("a directory");
        let app = App::open(store, clock.clone(), zone, policy(photos.path()))
            .await
            .expect("the app opens");
        let database = Database::connect(&own.url).await.expect("a connection");
        let url = own.url.clone();
        let world = Self {
            app,
            clock,
            database,
            url,
            count: AtomicU64::new(1),
            photos,
            _database: own,
        };
        world.found_county(COUNTY).await;
        world
    }

    /// Closes every connection of the test's own, so that the next process finds the database as the last one left it.
    pub async fn disconnect(&self) {
        let store = self.app.store.clone();
        store.close().await.expect("a closed store");
        let database = self.database.clone();
        database.close().await.expect("a closed connection");
    }

    /// Connects again after [`Self::disconnect`].
    pub async fn reconnect(&mut self) {
        self.database = Database::connect(&self.url).await.expect("a connection");
        self.app = self.another_server().await;
    }

    /// Writes a county of three townships of four villages.
    pub async fn found_county(&self, county: &str) {
        self.division(county, "county", None).await;
        for township in townships_of(county) {
            self.division(township.as_str(), "township", Some(county))
                .await;
        }
        for village in villages_of(county) {
            self.division(village.as_str(), "village", Some(&village.as_str()[..9]))
                .await;
        }
    }

    async fn division(&self, code: &str, level: &str, parent: Option<&str>) {
        let sql = "INSERT INTO division (code, level, name, parent_code, county_code, kind) VALUES ($1, $2, $3, $4, $5, '')";
        let values = vec![
            code.into(),
            level.into(),
            format!("{level} {code}").into(),
            parent.map(str::to_owned).into(),
            code[..6].into(),
        ];
        self.execute(sql, values).await;
    }

    /// Runs a statement of the test's own.
    pub async fn execute(&self, sql: &str, values: Vec<Value>) -> u64 {
        let statement =
            Statement::from_sql_and_values(self.database.get_database_backend(), sql, values);
        self.database
            .execute_raw(statement)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"))
            .rows_affected()
    }

    /// Reads rows with a query of the test's own.
    pub async fn fetch<R: FromQueryResult>(&self, sql: &str, values: Vec<Value>) -> Vec<R> {
        let statement =
            Statement::from_sql_and_values(self.database.get_database_backend(), sql, values);
        let rows = self
            .database
            .query_all_raw(statement)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error}"));
        rows.iter()
            .map(|row| R::from_query_result(row, "").expect("a row"))
            .collect()
    }

    /// A number that one query tells.
    pub async fn number(&self, sql: &str) -> i64 {
        #[derive(FromQueryResult)]
        struct Row {
            number: i64,
        }
        self.fetch::<Row>(sql, vec![])
            .await
            .first()
            .map_or(0, |row| row.number)
    }

    fn next_id(&self) -> Uuid {
        Uuid::from_u128(0xa000_0000 + u128::from(self.count.fetch_add(1, Ordering::SeqCst)))
    }

    /// A commissioner who is assigned to these villages since 2026-01-01.
    pub async fn commissioner(&self, villages: &[DivisionCode]) -> PersonId {
        let county = villages
            .first()
            .map_or(COUNTY.to_owned(), |village| village.county().to_string());
        let person = PersonId(self.next_id());
        self.account(person, &county, Role::Commissioner, None)
            .await;
        for village in villages {
            self.assign(person, village, "2026-01-01", None).await;
        }
        person
    }

    async fn account(
        &self,
        person: PersonId,
        county: &str,
        role: Role,
        township: Option<&DivisionCode>,
    ) {
        let sql = "INSERT INTO account (id, county_code, login, display_name, role, township_code, created_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, 0)";
        let values = vec![
            person.0.into(),
            county.into(),
            person.to_string().into(),
            format!("person {person}").into(),
            role.as_str().into(),
            township.map(|township| township.as_str().to_owned()).into(),
        ];
        self.execute(sql, values).await;
    }

    /// Assigns a village to a person.
    pub async fn assign(
        &self,
        person: PersonId,
        village: &DivisionCode,
        from: &str,
        to: Option<&str>,
    ) {
        let sql = "INSERT INTO assignment (id, county_code, village_code, commissioner_id, from_on, to_on) \
                   VALUES ($1, $2, $3, $4, $5, $6)";
        let values = vec![
            self.next_id().into(),
            village.county().as_str().into(),
            village.as_str().into(),
            person.0.into(),
            from.into(),
            to.map(str::to_owned).into(),
        ];
        self.execute(sql, values).await;
    }

    /// Ends a person's assignment of a village.
    pub async fn unassign(&self, person: PersonId, village: &DivisionCode, to: &str) {
        let sql =
            "UPDATE assignment SET to_on = $1 WHERE commissioner_id = $2 AND village_code = $3";
        self.execute(
            sql,
            vec![to.into(), person.0.into(), village.as_str().into()],
        )
        .await;
    }

    /// A phone of a person, enrolled.
    pub async fn phone(&self, person: PersonId) -> Phone {
        let device = DeviceId(self.next_id());
        let county = self.county_of(person).await;
        let sql = "INSERT INTO device (id, account_id, county_code, name, token_hash, enrolled_at) \
                   VALUES ($1, $2, $3, 'phone', $4, 0)";
        let values = vec![
            device.0.into(),
            person.0.into(),
            county.as_str().into(),
            device.to_string().into(),
        ];
        self.execute(sql, values).await;
        Phone::new(DeviceActor {
            device,
            person,
            role: Role::Commissioner,
            county,
        })
    }

    async fn county_of(&self, person: PersonId) -> DivisionCode {
        #[derive(FromQueryResult)]
        struct Row {
            county_code: String,
        }
        let rows: Vec<Row> = self
            .fetch(
                "SELECT county_code FROM account WHERE id = $1",
                vec![person.0.into()],
            )
            .await;
        code(&rows.first().expect("an account").county_code)
    }

    /// A phone of a person, and the token by which it is known over HTTP.
    pub async fn phone_with_token(&self, person: PersonId) -> (Phone, String) {
        let phone = self.phone(person).await;
        let token = format!("tpd_{}", phone.actor.device);
        let hash = fingerprint(&Secret::new(token.clone()));
        let sql = "UPDATE device SET token_hash = $1 WHERE id = $2";
        self.execute(sql, vec![hash.into(), phone.actor.device.0.into()])
            .await;
        (phone, token)
    }

    /// Another server over the same database, with connections of its own and the same clock.
    pub async fn another_server(&self) -> App {
        let store = Store::connect(&self.url, 4)
            .await
            .expect("the database opens");
        App::open(
            store,
            self.clock.clone(),
            self.app.zone.clone(),
            policy(self.photos.path()),
        )
        .await
        .expect("the app opens")
    }

    /// A server in this process over the same database, with the photos of another directory.
    pub async fn server_over_photos(&self, photos: &Path) -> App {
        let store = Store::connect(&self.url, 4).await;
        let (clock, zone) = (self.clock.clone(), self.app.zone.clone());
        let app = App::open(store.expect("a store"), clock, zone, policy(photos)).await;
        app.expect("the app opens")
    }

    /// Where the bytes of photos are.
    pub fn photos_dir(&self) -> &Path {
        self.photos.path()
    }

    /// A commissioner of all villages of the county, with a phone.
    pub async fn phone_everywhere(&self) -> Phone {
        let person = self.commissioner(&villages()).await;
        self.phone(person).await
    }

    /// Somebody of the office.
    pub fn officer(&self, role: Role) -> OfficeActor {
        let township = (role == Role::Coordinator).then(|| townships()[0].clone());
        OfficeActor {
            person: PersonId(self.next_id()),
            role,
            county: code(COUNTY),
            township,
        }
    }

    /// Moves the clock by so many milliseconds.
    pub fn pass(&self, millis: i64) {
        self.clock.set(self.clock.now_ms() + millis);
    }
}

fn policy(photos_dir: &Path) -> Policy {
    Policy {
        photos_dir: photos_dir.to_owned(),
        ..Policy::default()
    }
}

/// A division code.
#[track_caller]
pub fn code(text: &str) -> DivisionCode {
    text.parse().expect("a division code")
}

/// A local date.
#[track_caller]
pub fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

/// The townships of the tests' county.
pub fn townships() -> Vec<DivisionCode> {
    townships_of(COUNTY)
}

/// The villages of the tests' county, all of them villagers' committees.
pub fn villages() -> Vec<DivisionCode> {
    villages_of(COUNTY)
}

/// The townships of a county of the tests.
pub fn townships_of(county: &str) -> Vec<DivisionCode> {
    (100..103)
        .map(|number| code(&format!("{county}{number}")))
        .collect()
}

/// The villages of a county of the tests.
pub fn villages_of(county: &str) -> Vec<DivisionCode> {
    let of =
        |township: DivisionCode| (200..204).map(move |number| code(&format!("{township}{number}")));
    townships_of(county).into_iter().flat_map(of).collect()
}
