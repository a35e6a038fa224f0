//! What is wrong with a configuration is named, with key and line.

use super::*;

/// Two chains; lines count from the first.
const GOOD: &str = r#"owner = "0x00000000000000000000000000000000000000aa"
deployer = { env = "KEY" }

[prover]
min_gas_limit = 250_000
extra_provers = ["0x00000000000000000000000000000000000000ab"]
extra_domains = [{ domain = 9, chain_id = 99 }]

[reads]
attestors = ["0x0000000000000000000000000000000000000051"]
threshold = 1
urls = ["https://reads.example/"]

[[chains]]
name = "alpha"
chain_id = 11
rpc = "http://alpha"
domain = 1
hyperlane = "deploy"
gas = { price_wei = 100, overhead = 165_000, native_price = 3 }
instant = { validators = ["0x0000000000000000000000000000000000000001"], threshold = 1 }
finalized = { validators = ["0x0000000000000000000000000000000000000002"], threshold = 1 }

[[chains]]
name = "beta"
chain_id = 22
rpc = "http://beta"
domain = 2
owner = "0x00000000000000000000000000000000000000bb"
gas = { price_wei = 7, overhead = 200_000 }
[chains.hyperlane]
mailbox = "0x00000000000000000000000000000000000000c1"
igp = "0x00000000000000000000000000000000000000c2"
merkle_tree_hook = "0x00000000000000000000000000000000000000c3"
[chains.instant]
validators = ["0x0000000000000000000000000000000000000003", "0x0000000000000000000000000000000000000004"]
threshold = 2
[chains.finalized]
validators = ["0x0000000000000000000000000000000000000005"]
threshold = 1
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("etc/network.toml"), text)
}

/// What is found when `from` stands as `to`.
fn problems(from: &str, to: &str) -> Vec<(usize, String, Problem)> {
    assert!(GOOD.contains(from), "{from} is not there");
    let ConfigError::Invalid { problems, .. } = parse(&GOOD.replacen(from, to, 1)).unwrap_err()
    else {
        panic!("not Invalid")
    };
    problems.into_iter().map(|found| (found.line, found.key, found.problem)).collect()
}

fn one(line: usize, key: &str, problem: Problem) -> Vec<(usize, String, Problem)> {
    vec![(line, key.to_owned(), problem)]
}

/// The message of a file that is not read at all.
fn syntax(from: &str, to: &str) -> String {
    assert!(GOOD.contains(from), "{from} is not there");
    let error = parse(&GOOD.replacen(from, to, 1)).unwrap_err();
    assert!(matches!(error, ConfigError::Syntax { .. }), "{error}");
    error.to_string()
}

fn address(last: u8) -> Address {
    Address::with_last_byte(last)
}

#[test]
fn everything_in_the_file_is_in_the_configuration() {
    let config = parse(GOOD).unwrap_or_else(|error| panic!("{error}"));
    let [alpha, beta] = &config.chains[..] else { panic!("two chains") };
    assert_eq!((alpha.owner, beta.owner), (address(0xaa), address(0xbb)));
    assert_eq!((alpha.domain, beta.id), (Domain(1), ChainId(22)));
    assert_eq!(alpha.hyperlane, Hyperlane::Deploy);
    let Hyperlane::There(there) = &beta.hyperlane else { panic!("not there") };
    assert_eq!((there.mailbox, there.hook), (address(0xc1), None));
    assert_eq!(beta.instant.validators, [address(3), address(4)]);
    assert_eq!((beta.instant.threshold, config.min_gas_limit), (2, 250_000));
    assert_eq!(config.extra_provers, [address(0xab).into_word()]);
    let network = [(1, 11), (2, 22), (9, 99)].map(|(domain, id)| (Domain(domain), ChainId(id)));
    assert_eq!(config.network(), network);
    assert_eq!(config.deployer, KeySource::Env("KEY".to_owned()));
    assert_eq!((config.salt.as_str(), config.max_cache_bid), ("metalayer", 0));
    assert_eq!(config.reads.unwrap().urls, ["https://reads.example/"]);
}

#[test]
fn a_delivery_is_priced_in_the_coin_of_the_chain_that_pays() {
    // alpha's coin is worth three of beta's
    let config = parse(GOOD).unwrap();
    let [alpha, beta] = &config.chains[..] else { panic!("two chains") };
    let [on_beta] = config.remote_gas(alpha)[..] else { panic!("one remote") };
    assert_eq!((on_beta.domain, on_beta.exchange_rate), (Domain(2), 3_333_333_333));
    let [on_alpha] = config.remote_gas(beta)[..] else { panic!("one remote") };
    assert_eq!((on_alpha.exchange_rate, on_alpha.gas_price), (30_000_000_000, 100));
    assert_eq!(on_alpha.overhead, 165_000);
}

#[test]
fn an_unknown_key_is_named_with_its_line() {
    let text = syntax("domain = 1\n", "domian = 1\n");
    assert!(text.contains("line 18") && text.contains("domian"), "{text}");
}

#[test]
fn a_missing_key_is_named_with_its_line() {
    let text = syntax("domain = 1\n", "");
    assert!(text.contains("line 14") && text.contains("missing field `domain`"), "{text}");
}

#[test]
fn a_value_of_another_type_is_named_with_its_line() {
    let text = syntax("chain_id = 11", "chain_id = \"eleven\"");
    assert!(text.contains("line 16") && text.contains("chain_id"), "{text}");
    let text = syntax("000aa\"", "000a\"");
    assert!(text.contains("line 1,") && text.contains("owner"), "{text}");
    let text = syntax("\"deploy\"", "\"deplyo\"");
    assert!(text.contains("line 19") && text.contains("\"deploy\" or a table"), "{text}");
    let text = syntax("000ab\"]", "000abcd\"]");
    assert!(text.contains("line 6") && text.contains("neither 20 nor 32 bytes"), "{text}");
}

#[test]
fn a_file_that_is_no_toml_is_refused_with_its_line() {
    let text = syntax("threshold = 1\nurls", "threshold 1\nurls");
    assert!(text.starts_with("etc/network.toml: ") && text.contains("line 11"), "{text}");
}

#[test]
fn a_domain_of_zero_is_refused() {
    assert_eq!(
        problems("domain = 2", "domain = 0"),
        one(28, "chains[1].domain", Problem::ZeroDomain)
    );
}

#[test]
fn domains_and_chain_ids_are_given_once() {
    let twice = Problem::DuplicateDomain(1);
    assert_eq!(problems("domain = 2", "domain = 1"), one(28, "chains[1].domain", twice));
    let twice = Problem::DuplicateDomain(2);
    let key = "prover.extra_domains[0].domain";
    assert_eq!(problems("domain = 9", "domain = 2"), one(7, key, twice));
    let twice = Problem::DuplicateChainId(11);
    assert_eq!(problems("chain_id = 22", "chain_id = 11"), one(26, "chains[1].chain_id", twice));
    let zero = Problem::ZeroChainId;
    assert_eq!(problems("chain_id = 22", "chain_id = 0"), one(26, "chains[1].chain_id", zero));
}

#[test]
fn a_threshold_is_more_than_half_and_at_most_all() {
    let refused = |threshold, count| {
        one(37, "chains[1].instant.threshold", Problem::Threshold { threshold, count })
    };
    assert_eq!(problems("threshold = 2", "threshold = 0"), refused(0, 2));
    assert_eq!(problems("threshold = 2", "threshold = 1"), refused(1, 2));
    assert_eq!(problems("threshold = 2", "threshold = 3"), refused(3, 2));
    let reads = one(11, "reads.threshold", Problem::Threshold { threshold: 2, count: 1 });
    assert_eq!(problems("threshold = 1\nurls", "threshold = 2\nurls"), reads);
}

#[test]
fn signers_are_apart_and_somebody() {
    let key = "chains[1].instant.validators";
    let twice = Problem::DuplicateSigner(address(3));
    assert_eq!(problems("00004\"]", "00003\"]"), one(36, key, twice));
    assert_eq!(problems("00004\"]", "00000\"]"), one(36, key, Problem::ZeroSigner));
    // a key in both lanes of a chain would sign for the faster one what waits in the slower
    let shared = Problem::SharedSigner(address(4));
    assert_eq!(problems("00005\"]", "00004\"]"), one(39, "chains[1].finalized.validators", shared));
}

#[test]
fn names_are_names_of_files_and_given_once() {
    let bad = |text: &str| one(25, "chains[1].name", Problem::BadName(text.to_owned()));
    assert_eq!(problems("\"beta\"", "\"../beta\""), bad("../beta"));
    assert_eq!(problems("\"beta\"", "\"\""), bad(""));
    // also where names of files are the same in either case
    let twice = Problem::DuplicateName("Alpha".to_owned());
    assert_eq!(problems("\"beta\"", "\"Alpha\""), one(25, "chains[1].name", twice));
}

#[test]
fn nobody_owns_nothing() {
    let zero = format!("\"{}\"", Address::ZERO);
    let owner = "\"0x00000000000000000000000000000000000000aa\"";
    assert_eq!(problems(owner, &zero), one(1, "owner", Problem::ZeroOwner));
    let owner = "\"0x00000000000000000000000000000000000000bb\"";
    assert_eq!(problems(owner, &zero), one(29, "chains[1].owner", Problem::ZeroOwner));
}

#[test]
fn a_key_or_an_endpoint_comes_from_one_place() {
    let deployer = one(2, "deployer", Problem::KeySource);
    assert_eq!(problems("{ env = \"KEY\" }", "{ env = \"KEY\", file = \"key\" }"), deployer);
    assert_eq!(problems("{ env = \"KEY\" }", "{}"), deployer);
    assert_eq!(
        problems("rpc = \"http://beta\"\n", ""),
        one(25, "chains[1].rpc", Problem::RpcSource)
    );
    let missing = Problem::NoVariable("METALAYER_TEST_NOT_SET".to_owned());
    let from_env = "rpc_env = \"METALAYER_TEST_NOT_SET\"";
    assert_eq!(problems("rpc = \"http://beta\"", from_env), one(25, "chains[1].rpc_env", missing));
}

#[test]
fn prices_and_limits_are_possible() {
    assert_eq!(
        problems("price_wei = 7", "price_wei = 0"),
        one(30, "chains[1].gas", Problem::Price)
    );
    let priceless = "gas = { native_price = 0, price_wei = 7";
    let found = problems("gas = { price_wei = 7", priceless);
    assert!(found.contains(&(30, "chains[1].gas".to_owned(), Problem::Price)), "{found:?}");
    let low = one(5, "prover.min_gas_limit", Problem::MinGasLimit(199_999));
    assert_eq!(problems("250_000", "199_999"), low);
    let peers = vec!["\"0x00000000000000000000000000000000000000ab\""; 20].join(", ");
    let many = one(6, "prover.extra_provers", Problem::TooManyProvers(21));
    assert_eq!(problems("\"0x00000000000000000000000000000000000000ab\"", &peers), many);
    assert_eq!(
        problems("[\"https://reads.example/\"]", "[]"),
        one(12, "reads.urls", Problem::NoUrl)
    );
}

#[test]
fn one_chain_is_no_network_and_all_problems_are_told_together() {
    let (alpha, _) = GOOD.split_at(GOOD.rfind("[[chains]]").unwrap());
    let error = parse(&alpha.replace("domain = 1\n", "domain = 0\n")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "etc/network.toml:1: chains: a network has at least two chains\n\
         etc/network.toml:18: chains[0].domain: 0 is no domain"
    );
}

#[test]
fn a_key_is_read_from_a_file_and_never_shown() {
    let directory = std::env::temp_dir().join(format!("metalayer-key-{}", std::process::id()));
    fs::create_dir_all(&directory).unwrap();
    let file = directory.join("key");
    let config = |path: &Path| {
        let text = GOOD.replace("{ env = \"KEY\" }", "{ file = \"key\" }");
        Config::parse(path, &text).unwrap().deployer
    };
    let source = config(&directory.join("network.toml"));
    assert_eq!(source, KeySource::File(file.clone()));
    assert!(matches!(source.read(), Err(KeyError::Unreadable { .. })));
    fs::write(&file, format!("0x{}\n", "11".repeat(32))).unwrap();
    let key = source.read().unwrap();
    assert_eq!(key.to_bytes(), B256::repeat_byte(0x11));
    fs::write(&file, "11".repeat(31)).unwrap();
    let error = source.read().unwrap_err().to_string();
    assert!(error.contains("holds no key") && !error.contains("1111"), "{error}");
    fs::remove_dir_all(&directory).unwrap();
    let unset = KeySource::Env("METALAYER_TEST_NOT_SET".to_owned());
    assert!(matches!(unset.read(), Err(KeyError::NoVariable(_))));
}

#[test]
fn the_example_is_a_configuration() {
    let text = include_str!("../../../deploy.example.toml");
    let config = parse(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.chains.len(), 2);
    // and every key that it only shows is one: an optional key behind `# ` that would be refused is a lie
    let shown = text
        .replace("# salt =", "salt =")
        .replace("# min_gas_limit", "min_gas_limit")
        .replace("# extra_", "extra_")
        .replace("# max_bid", "max_bid")
        .replace("# [reads]", "[reads]")
        .replace("# attestors", "attestors")
        .replace("# threshold", "threshold")
        .replace("# urls", "urls")
        .replace("# native_price", "native_price");
    let shown = parse(&shown).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((&shown.salt, shown.min_gas_limit), (&config.salt, config.min_gas_limit));
    assert_eq!(shown.max_cache_bid, config.max_cache_bid);
    assert!(config.reads.is_none() && shown.reads.is_some());
    assert_eq!(shown.extra_domains, [(Domain(1003), ChainId(8453))]);
}
