//! Changes to JSON trees by pointer, and members that occur twice, which no tree can hold.

use serde_json::Value;

/// In front of a member's name: it becomes the name itself when the tree is written.
const AGAIN: &str = "again/";

/// Takes away what `pointer` names.
pub fn remove(tree: &mut Value, pointer: &str) {
    let (parent, name) = split(tree, pointer);
    let removed = match parent {
        Value::Object(members) => members.remove(name),
        Value::Array(elements) => Some(elements.remove(index(name))),
        other => panic!("{pointer}: {other} has no members"),
    };
    assert!(removed.is_some(), "{pointer} is not there to be removed");
}

/// Puts `value` where `pointer` says, in place of what is there or as a new member.
pub fn put(tree: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = split(tree, pointer);
    match parent {
        Value::Object(members) => drop(members.insert(name.to_owned(), value)),
        Value::Array(elements) if index(name) == elements.len() => elements.push(value),
        Value::Array(elements) => elements[index(name)] = value,
        other => panic!("{pointer}: {other} has no members"),
    }
}

/// Gives the object a second member of the same name and value.
pub fn twice(tree: &mut Value, pointer: &str) {
    let value = at(tree, pointer).clone();
    let (parent, name) = split(tree, pointer);
    let Value::Object(members) = parent else {
        panic!("{pointer}: only an object has members")
    };
    members.insert(format!("{AGAIN}{name}"), value);
}

/// What `pointer` names.
pub fn at<'t>(tree: &'t mut Value, pointer: &str) -> &'t mut Value {
    let found = tree.pointer_mut(pointer);
    found.unwrap_or_else(|| panic!("{pointer} is not there"))
}

/// The text that `pointer` names.
pub fn text<'t>(tree: &'t Value, pointer: &str) -> &'t str {
    let found = tree.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("{pointer} is no text"))
}

/// The tree as text, with the members that occur twice.
pub fn write(tree: &Value) -> String {
    tree.to_string().replace(&format!("\"{AGAIN}"), "\"")
}

fn split<'t, 'p>(tree: &'t mut Value, pointer: &'p str) -> (&'t mut Value, &'p str) {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer begins with /");
    (at(tree, parent), name)
}

fn index(name: &str) -> usize {
    name.parse().expect("an array is indexed by number")
}
