//! To which addresses the server sends what a county asks for: the public ones, and those of an intranet that the county opens.
//!
//! It knows no names and no network: whoever connects asks it about the very addresses that will be connected to.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Networks that a county may open at the most.
pub const MOST_NETWORKS: usize = 50;

/// A network, such as `10.20.0.0/16` or `fd12:3456::/32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

/// Why a text is no network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotANetwork;

impl fmt::Display for NotANetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a network is an address, a slash and a number of bits, such as 10.20.0.0/16")
    }
}

impl std::error::Error for NotANetwork {}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, bits) = text.split_once('/').ok_or(NotANetwork)?;
        let address: IpAddr = address.parse().map_err(|_| NotANetwork)?;
        let bits: u8 = bits.parse().map_err(|_| NotANetwork)?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        (bits <= most)
            .then_some(Self { address, bits })
            .ok_or(NotANetwork)
    }
}

impl TryFrom<String> for Network {
    type Error = NotANetwork;

    fn try_from(text: String) -> Result<Self, NotANetwork> {
        text.parse()
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl Network {
    const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Self {
        Self {
            address: IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
            bits,
        }
    }

    const fn v6(head: [u16; 3], bits: u8) -> Self {
        let [a, b, c] = head;
        Self {
            address: IpAddr::V6(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)),
            bits,
        }
    }

    /// Whether the address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                same_head(own.to_bits().into(), other.to_bits().into(), 32, self.bits)
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                same_head(own.to_bits(), other.to_bits(), 128, self.bits)
            }
            _ => false,
        }
    }
}

fn same_head(one: u128, other: u128, width: u32, bits: u8) -> bool {
    let rest = width - u32::from(bits);
    // A shift by the whole width is none that `>>` does.
    (one ^ other).checked_shr(rest).unwrap_or(0) == 0
}

/// What no county can open: it is nobody's machine, or tells whoever asks the secrets of the machine that asks.
const CLOSED: [Network; 9] = [
    Network::v4(0, 0, 0, 0, 8),
    // Link-local, and with it 169.254.169.254, where clouds tell a machine its keys.
    Network::v4(169, 254, 0, 0, 16),
    Network::v4(100, 100, 100, 200, 32),
    Network::v4(168, 63, 129, 16, 32),
    Network::v4(192, 0, 0, 192, 32),
    // Multicast, reserved, broadcast.
    Network::v4(224, 0, 0, 0, 3),
    Network::v6([0xfe80, 0, 0], 10),
    Network::v6([0xfd00, 0xec2, 0], 32),
    Network::v6([0xff00, 0, 0], 8),
];

/// What is not the internet: private networks, this machine, and what is set aside for documents and tests.
const INWARD: [Network; 13] = [
    Network::v4(10, 0, 0, 0, 8),
    Network::v4(100, 64, 0, 0, 10),
    Network::v4(127, 0, 0, 0, 8),
    Network::v4(172, 16, 0, 0, 12),
    Network::v4(192, 0, 0, 0, 24),
    Network::v4(192, 0, 2, 0, 24),
    Network::v4(192, 88, 99, 0, 24),
    Network::v4(192, 168, 0, 0, 16),
    Network::v4(198, 18, 0, 0, 15),
    Network::v4(198, 51, 100, 0, 24),
    Network::v4(203, 0, 113, 0, 24),
    // Of what IPv6 uses in public: Teredo and its kin, and documents.
    Network::v6([0x2001, 0, 0], 23),
    Network::v6([0x2001, 0xdb8, 0], 32),
];
/// All that IPv6 uses in public.
const PUBLIC_V6: Network = Network::v6([0x2000, 0, 0], 3);
const SIX_TO_FOUR: Network = Network::v6([0x2002, 0, 0], 16);
const NAT64: Network = Network::v6([0x64, 0xff9b, 0], 96);

/// What may be connected to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guard {
    opened: Vec<Network>,
}

/// Where an address lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// On the internet.
    Public,
    /// In a network that the county opened.
    Opened,
    /// Neither.
    Closed,
}

impl Guard {
    /// One that lets these networks through besides the internet.
    pub fn opening(opened: Vec<Network>) -> Self {
        Self { opened }
    }

    /// Where an address lies. One that stands for another (IPv4 within IPv6) lies where that one does.
    pub fn reach(&self, address: IpAddr) -> Reach {
        let address = meant(address);
        if CLOSED.iter().any(|closed| closed.contains(address)) {
            return Reach::Closed;
        }
        if self.opened.iter().any(|opened| opened.contains(address)) {
            return Reach::Opened;
        }
        let is_inward = INWARD.iter().any(|inward| inward.contains(address));
        let is_used = address.is_ipv4() || PUBLIC_V6.contains(address);
        if is_inward || !is_used {
            Reach::Closed
        } else {
            Reach::Public
        }
    }
}

/// The address to which a packet goes in the end.
fn meant(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address else {
        return address;
    };
    if let Some(four) = six.to_ipv4_mapped() {
        return four.into();
    }
    let bits = six.to_bits();
    let four = |bits: u128| {
        let low = u32::try_from(bits & u128::from(u32::MAX)).unwrap_or(0);
        IpAddr::V4(Ipv4Addr::from_bits(low))
    };
    if NAT64.contains(address) {
        return four(bits);
    }
    if SIX_TO_FOUR.contains(address) {
        return four(bits >> 80);
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(guard: &Guard, address: &str) -> Reach {
        guard.reach(address.parse().unwrap())
    }

    fn opening(networks: &[&str]) -> Guard {
        Guard::opening(networks.iter().map(|text| text.parse().unwrap()).collect())
    }

    const PUBLIC: [&str; 9] = [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "128.0.0.1",
        "172.32.0.1",
        "223.255.255.255",
        "2400:3200::1",
        "::ffff:1.1.1.1",
    ];
    const PRIVATE: [&str; 17] = [
        "127.0.0.1",
        "127.255.255.255",
        "10.0.0.1",
        "100.64.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "198.18.0.1",
        "::1",
        "fc00::1",
        "fd12:3456::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:a00:1::",
        "2001:db8::1",
        "::127.0.0.1",
    ];
    const NEVER: [&str; 14] = [
        "0.0.0.0",
        "169.254.169.254",
        "169.254.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "224.0.0.1",
        "255.255.255.255",
        "fe80::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::",
    ];

    #[test]
    fn only_the_internet_is_reached_unless_a_county_opens_more() {
        let guard = Guard::default();
        for address in PUBLIC {
            assert_eq!(reach(&guard, address), Reach::Public, "{address}");
        }
        for address in PRIVATE.into_iter().chain(NEVER) {
            assert_eq!(reach(&guard, address), Reach::Closed, "{address}");
        }
    }

    #[test]
    fn a_county_opens_what_it_names_and_nothing_beside_it() {
        let guard = opening(&["10.20.0.0/16", "fd12:3456::/32", "127.0.0.1/32"]);
        for address in [
            "10.20.0.1",
            "10.20.255.255",
            "fd12:3456::1",
            "127.0.0.1",
            "::ffff:10.20.1.1",
        ] {
            assert_eq!(reach(&guard, address), Reach::Opened, "{address}");
        }
        for address in [
            "10.21.0.1",
            "10.19.255.255",
            "fd12:3457::1",
            "127.0.0.2",
            "::1",
        ] {
            assert_eq!(reach(&guard, address), Reach::Closed, "{address}");
        }
    }

    #[test]
    fn what_tells_secrets_stays_closed_whatever_a_county_opens() {
        let guard = opening(&["0.0.0.0/0", "::/0"]);
        for address in NEVER {
            assert_eq!(reach(&guard, address), Reach::Closed, "{address}");
        }
        for address in PRIVATE {
            assert_eq!(
                reach(&guard, address),
                Reach::Opened,
                "{address}: the control"
            );
        }
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in [
            "10.0.0.0",
            "10.0.0.0/33",
            "::/129",
            "10.0.0/8",
            "a/8",
            "10.0.0.0/x",
            "/8",
            "",
        ] {
            assert_eq!(text.parse::<Network>(), Err(NotANetwork), "{text}");
        }
        let network: Network = "10.20.0.0/16".parse().unwrap();
        assert_eq!(network.to_string(), "10.20.0.0/16");
    }
}
