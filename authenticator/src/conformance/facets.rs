//! Which app may use which AppID (AppID and Facets §3.1.2): redirects, media type, owners, and lists that are kept.

use smile_protocol::uaf::facets::{CONTENT_TYPE, REDIRECT_HEADER, TrustedFacetsList};
use smile_protocol::uaf::header::{Operation, OperationHeader, Upv};
use smile_protocol::uaf::identity::{AppId, Challenge, FacetId, Username};
use smile_protocol::uaf::policy::Policy;
use smile_protocol::uaf::registration::RegistrationRequest;
use smile_protocol::uaf::transport::ErrorCode;

use super::{APP, Device, Row, check, row};
use crate::client::UafClient;
use crate::client::facets::{FacetFetcher, FetchError, FetchedFacets};
use crate::error::AuthenticatorError;
use crate::rehearsal::NoCamera;

const CALLER: &str = "android:apk-key-hash:LK84ci82ruA6u8SyF26cghsVwZg";
const MOVED: &str = "https://lists.example/shop";
const PAY: &str = "https://pay.shop.example";

/// An app that registers, and the web that it asks.
#[derive(Clone)]
pub(super) struct Scene {
    app_id: String,
    caller: String,
    web: Web,
    /// Between an operation that has the list kept and this one.
    meanwhile: Option<fn(&mut Device, &mut Scene)>,
}

type Web = Vec<(String, Result<FetchedFacets, FetchError>)>;

/// The code that the app reports, and the rule that the log names.
type Refusal = (ErrorCode, &'static str);

fn page(status: u16, headers: &[(&str, &str)], body: &str) -> FetchedFacets {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    FetchedFacets {
        status,
        headers: headers.iter().map(owned).collect(),
        body: body.as_bytes().to_vec(),
    }
}

/// A list that names `ids` and may be kept for a minute.
fn list(ids: &[&str]) -> FetchedFacets {
    let ids: Vec<_> = ids.iter().map(|id| FacetId::new(*id).unwrap()).collect();
    let body = TrustedFacetsList::for_all_versions(&ids).encode();
    page(
        200,
        &[("content-type", CONTENT_TYPE), ("cache-control", "max-age=60")],
        &body,
    )
}

fn redirect(to: &str) -> FetchedFacets {
    page(302, &[(REDIRECT_HEADER, "true"), ("location", to)], "")
}

fn scene(caller: &str, web: &[(&str, FetchedFacets)]) -> Scene {
    Scene {
        app_id: APP.to_owned(),
        caller: caller.to_owned(),
        web: web
            .iter()
            .map(|(url, answer)| ((*url).to_owned(), Ok(answer.clone())))
            .collect(),
        meanwhile: None,
    }
}

fn plain(_: &mut Device) -> Scene {
    scene(CALLER, &[(APP, list(&[CALLER]))])
}

fn redirected(_: &mut Device) -> Scene {
    scene(CALLER, &[(APP, redirect(MOVED)), (MOVED, list(&[CALLER]))])
}

fn of_one_owner(_: &mut Device) -> Scene {
    scene(
        PAY,
        &[(
            APP,
            list(&[PAY, "https://other.example", "https://shop.example.evil.example"]),
        )],
    )
}

/// An app whose AppID is its facet.
fn itself(_: &mut Device) -> Scene {
    Scene {
        app_id: CALLER.to_owned(),
        ..scene(CALLER, &[])
    }
}

/// The list was kept a moment ago, and names the caller no more where it came from.
fn kept(_: &mut Device) -> Scene {
    Scene {
        meanwhile: Some(|device, scene| {
            device.rehearsal.clock.advance(59_999);
            scene.web[0].1 = Ok(list(&["ios:bundle-id:other"]));
        }),
        ..scene(CALLER, &[(APP, list(&[CALLER]))])
    }
}

impl Scene {
    fn answer(&mut self, place: usize) -> &mut FetchedFacets {
        self.web[place].1.as_mut().unwrap()
    }

    fn headers(&mut self, place: usize, headers: &[(&str, &str)]) {
        self.answer(place).headers = page(0, headers, "").headers;
    }
}

impl FacetFetcher for Scene {
    fn fetch(&mut self, url: &str) -> Result<FetchedFacets, FetchError> {
        let page = self.web.iter().find(|(address, _)| address == url);
        page.map_or(Err(FetchError::Unavailable), |(_, answer)| answer.clone())
    }
}

fn register(device: &mut Device, scene: &Scene) -> Result<(), AuthenticatorError> {
    let app_id = AppId::new(scene.app_id.clone()).unwrap();
    let request = RegistrationRequest {
        header: OperationHeader::new(Upv::V1_1, Operation::Reg, Some(app_id)),
        challenge: Challenge::new(vec![1; 32]).unwrap(),
        username: Username::new("alice").unwrap(),
        policy: Policy::accepting(&[device.authenticator.aaid()]),
    };
    let facet = FacetId::new(scene.caller.clone()).unwrap();
    UafClient::new(&mut device.authenticator, facet, Box::new(scene.clone()))
        .process(&request.encode().unwrap(), &mut NoCamera, &mut device.screen)
        .map(|_| ())
}

fn send(device: &mut Device, scene: &Scene) -> Result<(), Refusal> {
    let mut scene = scene.clone();
    // What went before is part of the sound message, so it is done here, and its key taken away again.
    if let Some(meanwhile) = scene.meanwhile {
        let files = device.files();
        register(device, &scene).unwrap();
        device.rehearsal.take_diary();
        let lists = std::mem::take(&mut device.authenticator.facet_lists);
        device.put_back(&files);
        device.authenticator.facet_lists = lists;
        meanwhile(device, &mut scene);
    }
    register(device, &scene).map_err(|error| {
        let rule = match &error {
            AuthenticatorError::UntrustedFacet { rule, .. } => rule,
            AuthenticatorError::InsecureTransport { .. } => "not over TLS",
            other => panic!("{other}"),
        };
        (error.code(), rule)
    })
}

const UNNAMED: Refusal = (ErrorCode::UntrustedFacetId, "the list does not name this facet");
const INSECURE: Refusal = (ErrorCode::InsecureTransport, "not over TLS");
const NOT_200: Refusal = (
    ErrorCode::UntrustedFacetId,
    "the list's server did not answer with status 200",
);
const UNTYPED: Refusal = (
    ErrorCode::UntrustedFacetId,
    "the list is not served as application/fido.trusted-apps+json",
);
const NO_LIST: Refusal = (
    ErrorCode::UntrustedFacetId,
    "the list is not a list of trusted facets of at most 64 KiB",
);
const UNAUTHORISED: Refusal = (
    ErrorCode::UntrustedFacetId,
    "the list redirects without FIDO-AppID-Redirect-Authorized: true",
);
const NOWHERE: Refusal = (
    ErrorCode::UntrustedFacetId,
    "the list redirects without saying where to",
);
const NO_URL: Refusal = (
    ErrorCode::UntrustedFacetId,
    "the list's address is not a URL of printable ASCII with a host",
);
const CREDENTIALS: Refusal = (
    ErrorCode::UntrustedFacetId,
    "the list's address holds a user name or password",
);
const CIRCLE: Refusal = (ErrorCode::UntrustedFacetId, "the list redirects in a circle");
const TOO_FAR: Refusal = (
    ErrorCode::UntrustedFacetId,
    "the list redirects more than 3 times",
);
const UNFETCHED: Refusal = (
    ErrorCode::UntrustedFacetId,
    "the list of trusted facets could not be fetched",
);
const NOT_ITSELF: Refusal = (
    ErrorCode::UntrustedFacetId,
    "an AppID that is not an https URL must be the caller's facet",
);

type Sound = fn(&mut Device) -> Scene;
type Rows = Vec<Row<Scene, Refusal>>;
type FacetFlaw = (&'static str, Refusal, fn(&mut Scene));

/// One list of rows of one sound form.
fn table(rows: &mut Rows, sound: Sound, flaws: &[FacetFlaw]) {
    for &(name, expected, flaw) in flaws {
        let flaw = move |_: &mut Device, scene: &mut Scene| flaw(scene);
        rows.push(row(
            format!("facets: {name}"),
            "Facets §3.1.2",
            sound,
            flaw,
            expected,
        ));
    }
}

fn redirects(rows: &mut Rows) {
    table(
        rows,
        redirected,
        &[
            ("a redirect without its header", UNAUTHORISED, |scene| {
                scene.headers(0, &[("location", MOVED)])
            }),
            ("a redirect whose header is false", UNAUTHORISED, |scene| {
                scene.headers(0, &[(REDIRECT_HEADER, "false"), ("location", MOVED)])
            }),
            ("a redirect whose header is there twice", UNAUTHORISED, |scene| {
                scene.headers(
                    0,
                    &[
                        (REDIRECT_HEADER, "true"),
                        (REDIRECT_HEADER, "true"),
                        ("location", MOVED),
                    ],
                )
            }),
            ("a redirect without an address", NOWHERE, |scene| {
                scene.headers(0, &[(REDIRECT_HEADER, "true")])
            }),
            ("a redirect with two addresses", NOWHERE, |scene| {
                scene.headers(
                    0,
                    &[(REDIRECT_HEADER, "true"), ("location", MOVED), ("location", APP)],
                )
            }),
            ("a redirect of status 300", NOT_200, |scene| {
                scene.answer(0).status = 300
            }),
            ("a redirect of status 304", NOT_200, |scene| {
                scene.answer(0).status = 304
            }),
            ("a redirect of status 305", NOT_200, |scene| {
                scene.answer(0).status = 305
            }),
            ("a redirect to http", INSECURE, |scene| {
                *scene.answer(0) = redirect("http://lists.example/shop")
            }),
            ("a redirect to a relative address", NO_URL, |scene| {
                *scene.answer(0) = redirect("shop")
            }),
            (
                "a redirect to an address with credentials",
                CREDENTIALS,
                |scene| *scene.answer(0) = redirect("https://a@lists.example/shop"),
            ),
            ("a redirect to itself", CIRCLE, |scene| {
                *scene.answer(0) = redirect(APP)
            }),
            ("a circle of two redirects", CIRCLE, |scene| {
                *scene.answer(1) = redirect(APP)
            }),
            ("four redirects", TOO_FAR, |scene| {
                let hop = |number: usize| format!("{MOVED}/{number}");
                *scene.answer(1) = redirect(&hop(1));
                scene
                    .web
                    .extend((1..3).map(|number| (hop(number), Ok(redirect(&hop(number + 1))))));
                scene.web.push((hop(3), Ok(list(&[CALLER]))));
            }),
            (
                "a list that is not where the redirect leads",
                UNFETCHED,
                |scene| drop(scene.web.pop()),
            ),
        ],
    );
}

fn answers(rows: &mut Rows) {
    table(
        rows,
        plain,
        &[
            ("no answer", UNFETCHED, |scene| {
                scene.web[0].1 = Err(FetchError::Unavailable)
            }),
            ("no TLS", INSECURE, |scene| {
                scene.web[0].1 = Err(FetchError::InsecureTransport)
            }),
            ("status 201", NOT_200, |scene| scene.answer(0).status = 201),
            ("status 206", NOT_200, |scene| scene.answer(0).status = 206),
            ("status 404", NOT_200, |scene| scene.answer(0).status = 404),
            ("status 500", NOT_200, |scene| scene.answer(0).status = 500),
            ("no media type", UNTYPED, |scene| scene.headers(0, &[])),
            ("media type of JSON", UNTYPED, |scene| {
                scene.headers(0, &[("content-type", "application/json")])
            }),
            ("media type of UAF messages", UNTYPED, |scene| {
                scene.headers(0, &[("content-type", "application/fido+uaf")])
            }),
            ("two media types", UNTYPED, |scene| {
                scene.headers(
                    0,
                    &[("content-type", CONTENT_TYPE), ("content-type", CONTENT_TYPE)],
                )
            }),
            ("an empty list", NO_LIST, |scene| scene.answer(0).body.clear()),
            ("no JSON", NO_LIST, |scene| scene.answer(0).body.truncate(20)),
            ("JSON of another form", NO_LIST, |scene| {
                scene.answer(0).body = b"[]".to_vec()
            }),
            ("no UTF-8", NO_LIST, |scene| scene.answer(0).body.push(0xFF)),
            ("more than 64 KiB", NO_LIST, |scene| {
                scene.answer(0).body.resize(64 * 1024 + 1, b' ')
            }),
            ("a list for no facet", UNNAMED, |scene| {
                *scene.answer(0) = list(&[])
            }),
            ("a list for another facet", UNNAMED, |scene| {
                *scene.answer(0) = list(&["ios:bundle-id:other"])
            }),
            ("a list for another version", UNNAMED, |scene| {
                let text = String::from_utf8(scene.answer(0).body.clone()).unwrap();
                scene.answer(0).body = text.replace("\"major\":1", "\"major\":9").into_bytes();
            }),
            ("a caller whose facet only begins alike", UNNAMED, |scene| {
                scene.caller.push('x')
            }),
            ("an address with credentials", CREDENTIALS, |scene| {
                scene.app_id = "https://user:pw@shop.example/uaf/facets".into()
            }),
            ("an address with a space", NO_URL, |scene| {
                scene.app_id = format!("{APP} x")
            }),
        ],
    );
}

fn owners(rows: &mut Rows) {
    table(
        rows,
        of_one_owner,
        &[
            ("a web facet of another owner", UNNAMED, |scene| {
                scene.caller = "https://other.example".into()
            }),
            ("a web facet whose host only begins alike", UNNAMED, |scene| {
                scene.caller = "https://shop.example.evil.example".into()
            }),
            ("an AppID of another owner", UNNAMED, |scene| {
                scene.app_id = "https://shop.evil.example/f".into();
                scene.web[0].0.clone_from(&scene.app_id);
            }),
            ("a host of the owner that is not on the list", UNNAMED, |scene| {
                scene.caller = "https://www.shop.example".into()
            }),
            ("another port of the host on the list", UNNAMED, |scene| {
                scene.caller = format!("{PAY}:8443")
            }),
        ],
    );
    table(
        rows,
        itself,
        &[
            ("an AppID of another app", NOT_ITSELF, |scene| {
                scene.app_id = "android:apk-key-hash:other".into()
            }),
            ("an AppID under http", NOT_ITSELF, |scene| {
                scene.app_id = "http://shop.example/f".into()
            }),
            ("another app at the same AppID", NOT_ITSELF, |scene| {
                scene.caller = "ios:bundle-id:other".into()
            }),
        ],
    );
}

/// A list that is kept is used again, for as long as it may be and for whom it names.
fn kept_lists(rows: &mut Rows) {
    fn withdrawn(device: &mut Device, scene: &mut Scene) {
        device.rehearsal.clock.advance(1);
        scene.web[0].1 = Ok(list(&["ios:bundle-id:other"]));
    }
    table(
        rows,
        kept,
        &[
            ("a kept list whose minute is over", UNNAMED, |scene| {
                scene.meanwhile = Some(|device, scene| {
                    device.rehearsal.clock.advance(59_999);
                    withdrawn(device, scene);
                })
            }),
            ("a kept list whose minute went by asleep", UNNAMED, |scene| {
                scene.meanwhile = Some(|device, scene| {
                    device.rehearsal.clock.sleep(60_000);
                    withdrawn(device, scene);
                })
            }),
            ("a kept list and a clock that was put back", UNNAMED, |scene| {
                scene.meanwhile = Some(|device, scene| {
                    let now_ms = crate::clock::Clock::now_ms(device.rehearsal.clock.as_ref());
                    device.rehearsal.clock.set(now_ms - 10);
                    withdrawn(device, scene);
                })
            }),
            ("a list that may not be kept", UNNAMED, |scene| {
                scene.headers(
                    0,
                    &[
                        ("content-type", CONTENT_TYPE),
                        ("cache-control", "no-store, max-age=60"),
                    ],
                );
            }),
            ("a list that says nothing of being kept", UNNAMED, |scene| {
                scene.headers(0, &[("content-type", CONTENT_TYPE)])
            }),
            ("a list that was old when it came", UNNAMED, |scene| {
                scene.headers(
                    0,
                    &[
                        ("content-type", CONTENT_TYPE),
                        ("cache-control", "max-age=60"),
                        ("age", "60"),
                    ],
                );
            }),
            ("a kept list does not serve another app", UNNAMED, |scene| {
                scene.meanwhile = Some(|device, scene| {
                    withdrawn(device, scene);
                    scene.caller = "ios:bundle-id:third".into();
                })
            }),
            ("a kept list does not serve another AppID", UNFETCHED, |scene| {
                scene.meanwhile = Some(|device, scene| {
                    withdrawn(device, scene);
                    scene.app_id = "https://shop.example/other".into();
                })
            }),
        ],
    );
}

pub(super) fn rows() -> Rows {
    let mut rows = Rows::new();
    redirects(&mut rows);
    answers(&mut rows);
    owners(&mut rows);
    kept_lists(&mut rows);
    rows
}

#[test]
fn every_untrusted_facet_is_refused_and_its_twin_registers() {
    check(&rows(), send);
}
