//! The rows of commissioners, teams and assignments: writing them twice changes nothing the second time.

use tepai_server::app::AppError;
use tepai_server::app::manage_accounts::{self, Manager, NewAccount};
use tepai_server::domain::actor::Role;
use tepai_server::store::commissioners::{
    Assignment, Commissioner, Member, Team, end_assignment, find_commissioner, find_commissioners,
    find_team, list_assignments_in, list_assignments_of, list_commissioners, list_members,
    list_teams, remove_member, set_member, upsert_assignment, upsert_commissioner, upsert_team,
};
use tepai_server::store::{Store, StoreError, WriteTxn};
use tepai_sync_protocol::ids::PersonId;
use tepai_tests::world::{COUNTY, code, date, villages};
use tepai_tests::{World, on_both_databases};
use uuid::Uuid;

on_both_databases!(a_second_write_of_the_same_changes_nothing);

async fn write<T: Send>(
    store: &Store,
    work: impl for<'t> AsyncFnOnce(&'t WriteTxn) -> Result<T, StoreError> + Clone + Send,
) -> T {
    store.write(work).await.unwrap()
}

async fn person(world: &World) -> PersonId {
    let new = NewAccount {
        county: code(COUNTY),
        login: "kj001".to_owned(),
        display_name: "陈".to_owned(),
        role: Role::Commissioner,
        township: None,
        password: None,
    };
    manage_accounts::create(&world.app, &Manager::Operator, new)
        .await
        .unwrap()
        .account
        .person
}

async fn a_second_write_of_the_same_changes_nothing(world: World) {
    let store = &world.app.store;
    let person = person(&world).await;
    let county = code(COUNTY);
    let chen = Commissioner {
        person,
        county: county.clone(),
        staff_no: "001".to_owned(),
        kind: "person".to_owned(),
        dispatch_unit: None,
        title: Some("农艺师".to_owned()),
        specialty: None,
        industries: vec!["vegetable".to_owned()],
        service_mode: None,
        term_from: Some(date("2026-01-01")),
        term_to: None,
    };
    let ended = Commissioner {
        term_to: Some(date("2026-12-31")),
        ..chen.clone()
    };
    let other_account = Commissioner {
        person: PersonId(Uuid::from_u128(7)),
        ..ended.clone()
    };
    for (row, changes) in [
        (&chen, true),
        (&chen, false),
        (&ended, true),
        (&other_account, false),
    ] {
        let changed = write(store, async move |txn| upsert_commissioner(txn, row).await).await;
        assert_eq!(changed, changes);
    }
    let team = Team {
        id: Uuid::from_u128(1),
        county: county.clone(),
        team_no: "T1".to_owned(),
        name: "一团".to_owned(),
    };
    let renamed = Team {
        id: Uuid::from_u128(2),
        name: "二团".to_owned(),
        ..team.clone()
    };
    for (row, changes) in [(&team, true), (&team, false), (&renamed, true)] {
        let changed = write(store, async move |txn| upsert_team(txn, row).await).await;
        assert_eq!(changed, changes);
    }
    let member = Member {
        team: team.id,
        person,
        is_leader: false,
    };
    let leader = Member {
        is_leader: true,
        ..member
    };
    for (row, changes) in [(member, true), (member, false), (leader, true)] {
        let changed = write(store, async move |txn| set_member(txn, row).await).await;
        assert_eq!(changed, changes);
    }
    let assigned = Assignment {
        id: Uuid::from_u128(3),
        county: county.clone(),
        village: villages()[0].clone(),
        person,
        from_on: date("2026-01-01"),
        to_on: None,
    };
    let until = Assignment {
        id: Uuid::from_u128(4),
        to_on: Some(date("2026-06-30")),
        ..assigned.clone()
    };
    for (row, changes) in [
        (&assigned, true),
        (&assigned, false),
        (&until, true),
        (&assigned, true),
    ] {
        let changed = write(store, async move |txn| upsert_assignment(txn, row).await).await;
        assert_eq!(changed, changes);
    }
    let (of, day) = (&county, date("2026-07-31"));
    for changes in [true, false] {
        let ended = write(store, async move |txn| {
            end_assignment(txn, of, Uuid::from_u128(3), day).await
        })
        .await;
        assert_eq!(ended, changes);
    }

    let numbers = ["001".to_owned(), "002".to_owned()];
    store
        .read(async |txn| {
            let found = find_commissioner(txn, person).await?.unwrap();
            assert_eq!(
                (found.display_name.as_str(), &found.commissioner),
                ("陈", &ended)
            );
            assert_eq!(
                find_commissioners(txn, of, &numbers).await?,
                std::slice::from_ref(&found)
            );
            assert_eq!(list_commissioners(txn, of).await?, [found]);
            let named = find_team(txn, of, "T1").await?.unwrap();
            assert_eq!((named.id, named.name.as_str()), (team.id, "二团"));
            assert_eq!(list_teams(txn, of).await?, [named]);
            assert_eq!(list_members(txn, of).await?, [leader]);
            let own = list_assignments_of(txn, person).await?;
            assert_eq!(
                own,
                [Assignment {
                    to_on: Some(day),
                    ..assigned
                }]
            );
            assert_eq!(list_assignments_in(txn, of).await?, own);
            Ok::<_, AppError>(())
        })
        .await
        .unwrap();
    let team = team.id;
    for changes in [true, false] {
        assert_eq!(
            write(store, async move |txn| remove_member(txn, team, person)
                .await)
            .await,
            changes
        );
    }
}
