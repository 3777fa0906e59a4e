use super::*;
use crate::name::{ActionName, ConditionKey, keys};

fn listed(of: &str, name: &str) -> Option<bool> {
    let action = ActionName::new(of).unwrap();
    lists(action.service(), action.name(), ConditionKey::new(name).folded())
}

#[test]
fn every_service_can_be_read() {
    let reference = reference();
    assert!(reference.date.parse::<jiff::civil::Date>().is_ok(), "{}", reference.date);
    assert!(reference.services.is_sorted_by(|a, b| a.prefix < b.prefix));
    assert_eq!(reference.services.iter().map(|row| row.packed.len()).sum::<usize>(), SERVICES.len());
    let mut actions = 0;
    for (row, counts) in reference.services.iter().zip(INDEX.lines().skip(1)) {
        let service = row.service().unwrap_or_else(|| panic!("{} cannot be read", row.prefix));
        let found = [service.actions.len(), service.resources.len(), service.keys.len()];
        let told: Vec<usize> = counts.split('\t').skip(3).take(3).map(|n| n.parse().unwrap()).collect();
        assert_eq!(found.to_vec(), told, "{}", row.prefix);
        for action in &service.actions {
            assert!(service.action(&action.name.to_ascii_lowercase()).is_some(), "{}", action.name);
            for on in action.resources() {
                assert!(service.resource(&on).unwrap().arn.starts_with("arn:"), "{}", action.name);
            }
        }
        for key in &service.keys {
            let found = service.key(&key.name.to_ascii_lowercase()).unwrap();
            assert!(std::ptr::eq(found, key), "{}", key.name);
        }
        actions += found[0];
    }
    assert!(reference.services.len() > 400 && actions > 20_000, "{actions} actions");
}

#[test]
fn what_is_listed_for_an_action() {
    for (of, key, expected) in [
        ("s3:GetObject", "s3:ExistingObjectTag/team", Some(true)),
        ("S3:getobject", "S3:TLSVERSION", Some(true)),
        // Listed for the resource, not for the action.
        ("s3:GetObject", "s3:DataAccessPointArn", Some(true)),
        ("s3:GetObject", "s3:prefix", Some(false)),
        ("s3:ListBucket", "s3:prefix", Some(true)),
        ("kms:Decrypt", "kms:EncryptionContext:aws:s3:arn", Some(true)),
        ("kms:Decrypt", "kms:EncryptionContext", Some(false)),
        ("kms:Decrypt", "kms:ViaService", Some(true)),
        ("kms:Decrypt", "kms:ViaServices", Some(false)),
        ("kms:Decrypt", "s3:prefix", Some(false)),
        ("events:PutRule", "events:Metadata/a/Matcher", Some(false)),
        ("dynamodb:GetItem", "dynamodb:LeadingKeys", Some(true)),
        ("dynamodb:Nothing", "dynamodb:LeadingKeys", None),
        ("nothing:GetItem", "dynamodb:LeadingKeys", None),
    ] {
        assert_eq!(listed(of, key), expected, "{key} in {of}");
    }
    let get = action("s3", "getobject").unwrap();
    assert_eq!((get.name, get.level, get.resources().count()), ("GetObject", Level::Read, 2));
    let of = |name: &str| key(&name.to_ascii_lowercase()).map(|key| (key.value_type, key.is_multivalued));
    assert_eq!(of("dynamodb:LeadingKeys"), Some((KeyType::Text, true)));
    assert_eq!(of("identitystore:GroupId").map(|(kind, _)| kind), Some(KeyType::Text));
    // Listed for a service that is not its own.
    assert_eq!(of("ec2:osuser"), Some((KeyType::Text, false)));
    assert_eq!(of("dynamodb:LeadingKey"), None);
}

/// A key of the reference can be in the requests that it is listed for, and has the type that the table of keys says.
#[test]
fn the_table_of_keys_agrees() {
    for prefix in prefixes() {
        let service = service(prefix).unwrap();
        for key in &service.keys {
            let written = ConditionKey::new(&key.name.replace("${", "").replace('}', ""));
            assert!(keys::exists(&written), "{} of {prefix}", key.name);
            // Other services list a key of theirs as they see it.
            let own = keys::find(&key.name.to_ascii_lowercase()).filter(|row| row.service() == prefix);
            let Some(row) = own else { continue };
            let here = (row.value_type, row.is_multivalued);
            assert_eq!(here, (key.value_type, key.is_multivalued), "{} of {prefix}", key.name);
        }
    }
    for prefix in ["iam", "kms", "s3", "sts"] {
        let service = service(prefix).unwrap();
        for action in &service.actions {
            let name = ActionName::new(&format!("{prefix}:{}", action.name)).unwrap();
            for key in service.keys.iter().filter(|key| !key.name.contains("${")) {
                let folded = key.name.to_ascii_lowercase();
                let can = keys::can_be_in(&ConditionKey::new(key.name), &name);
                assert!(can || !service.lists(action, &folded), "{} in {name}", key.name);
            }
        }
    }
}

#[test]
fn a_damaged_reference_knows_fewer_services() {
    let read = |index: &'static str, packed: &'static [u8]| {
        let reference = Reference::read(index, packed);
        reference.services.iter().filter(|row| row.service().is_some()).count()
    };
    let whole = reference().services.len();
    let cut = read(INDEX, SERVICES.get(..SERVICES.len() / 2).unwrap());
    assert!(cut > 0 && cut < whole, "{cut}");
    for index in [
        "",
        "reference\t2026-01-01\tx\ty\n",
        "r\t2026-01-01\na\tx\t1",
        "r\t2026-01-01\na\t9\t18446744073709551615",
    ] {
        assert_eq!(read(index, SERVICES), 0, "{index}");
    }
}
