//! Changes to messages on their way, as somebody between server and device would make them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The message with `change` made to each of its objects (a request has one for each protocol version).
///
/// # Panics
/// If the message is not a JSON array, or the change changes nothing.
pub fn changed(message: &str, change: impl Fn(&mut Value)) -> String {
    let mut objects: Value = serde_json::from_str(message).expect("a UAF message is JSON");
    let before = objects.clone();
    for object in objects.as_array_mut().expect("a UAF message is an array") {
        change(object);
    }
    assert_ne!(objects, before, "the forgery changes something");
    objects.to_string()
}

/// The request with another transaction text, or with one where it had none.
pub fn with_text(request: &str, text: &str) -> String {
    let content = URL_SAFE_NO_PAD.encode(text);
    changed(request, |object| {
        object["transaction"] = json!([{"contentType": "text/plain", "content": content}]);
    })
}

/// The request without its transaction.
pub fn without_text(request: &str) -> String {
    changed(request, |object| {
        object
            .as_object_mut()
            .map(|members| members.remove("transaction"));
    })
}

/// The response with the server data of another response, as if it answered that one's challenge.
///
/// # Panics
/// If a message is not a UAF message.
pub fn with_server_data_of(response: &str, other: &str) -> String {
    let other: Value = serde_json::from_str(other).expect("a UAF message is JSON");
    changed(response, |object| {
        object["header"]["serverData"] = other[0]["header"]["serverData"].clone()
    })
}
