//! The README's table of worries and the modules here are the same six.

use std::collections::BTreeSet;

use smile_tests::test_data::workspace_root;

/// The names in backticks in the last column of the table under `## Six worries`.
fn named(readme: &str) -> Vec<&str> {
    let section = readme
        .split("\n## ")
        .find(|section| section.starts_with("Six worries"));
    let rows = section
        .unwrap_or_default()
        .lines()
        .filter(|line| line.starts_with('|'));
    let cells = rows.filter_map(|row| row.trim_end().strip_suffix('|')?.rsplit('|').next());
    cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect()
}

/// The modules that a `main.rs` declares, this one left out.
fn modules(main: &str) -> BTreeSet<&str> {
    let declared = main
        .lines()
        .filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'));
    declared.filter(|name| *name != "readme").collect()
}

#[test]
fn every_worry_in_the_readme_has_a_module_with_tests_and_none_is_left_out() {
    let readme = std::fs::read_to_string(workspace_root().join("README.md")).expect("the README can be read");
    let named = named(&readme);
    assert_eq!(named.len(), 6, "{named:?}");
    assert_eq!(
        named.iter().copied().collect::<BTreeSet<_>>(),
        modules(include_str!("main.rs"))
    );
    for module in named {
        let file = workspace_root().join(format!("tests/tests/six_worries/{module}.rs"));
        let text =
            std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert!(text.contains("#[test]\nfn "), "{module} has no test");
    }
}

#[test]
fn a_table_that_names_something_else_is_noticed() {
    let table = "# A\n\n## Six worries, and more\n\n| worry | tests |\n|---|---|\n| `x`? | `is_it` |\n\n## B\n| `c` |\n";
    assert_eq!(named(table), ["is_it"]);
    assert!(named("# A\n").is_empty());
    assert_eq!(
        modules("mod is_it;\nmod readme;\n// mod c;\n"),
        BTreeSet::from(["is_it"])
    );
}
