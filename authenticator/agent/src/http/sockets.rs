//! The WebSockets of the agent's own pages: pictures and answers go in, what to show comes out.
//!
//! The guard has seen that the page is the agent's own; the nonce says which operation it may serve.

use std::time::{Duration, Instant};

use actix_web::{HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, ProtocolError, Session};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::agent::Agent;
use crate::consent::ConsentText;
use crate::line::{CameraFailure, Line, Word};
use crate::rate::{Allowance, RateCap};
use crate::refusal::{Refusal, RefusalCode};
use crate::session;

/// Largest picture: 640 × 480 in JPEG has 20 to 100 KiB.
const FRAME_BYTES_MAX: usize = 512 * 1024;
/// What a page says beside pictures is short.
const WORD_BYTES_MAX: usize = 4 * 1024;
/// Pages send fifteen pictures a second.
const FRAMES: Allowance = Allowance {
    count: 40,
    window_ms: 1000,
};
/// Three looks of thirty seconds at thirty pictures a second.
const FRAMES_MAX: u32 = 2700;
/// How long a page may take to say which operation it serves.
const OPENING_PATIENCE: Duration = Duration::from_secs(5);

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/operations/{id}/socket").route(web::get().to(operation)))
        .service(web::resource("/enrol/socket").route(web::get().to(enrolment)));
}

/// What a page says in words.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
enum Said {
    Open {
        nonce: String,
        /// Enrolment only: the SHA-256 of the text of the consent.
        consent: Option<String>,
    },
    Confirm {},
    Cancel {},
    Again {},
    Choose {
        index: usize,
    },
    CannotDisplay {},
    CameraFailed {
        reason: Reason,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reason {
    PermissionDenied,
    InUse,
    Unplugged,
}

async fn operation(
    agent: web::Data<Agent>,
    request: HttpRequest,
    id: web::Path<String>,
    body: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let (response, mut session, messages) = actix_ws::handle(&request, body)?;
    let mut messages = capped(messages);
    actix_web::rt::spawn(async move {
        let begun = match opening(&mut messages).await {
            Ok((nonce, _)) => agent.desk.begin(&id, &nonce),
            Err(refusal) => Err(refusal),
        };
        let task = match begun {
            Ok(task) => task,
            Err(refusal) => return refuse(session, &refusal).await,
        };
        let (to_page, from_thread) = unbounded_channel();
        task.line.connect(to_page);
        let for_thread = Arc::clone(&task);
        let started = agent
            .into_inner()
            .work(move |agent| session::with_page(agent, &for_thread));
        let ended = match started {
            Ok(()) => pass_on(&mut session, messages, from_thread, &task.line).await,
            Err(refusal) => Err(refusal),
        };
        finish(session, &task.line, ended).await;
    });
    Ok(response)
}

async fn enrolment(
    agent: web::Data<Agent>,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, actix_web::Error> {
    let (response, mut session, messages) = actix_ws::handle(&request, body)?;
    let mut messages = capped(messages);
    actix_web::rt::spawn(async move {
        let begun = match opening(&mut messages).await {
            Ok((nonce, consent)) => begin_enrolment(&agent, &nonce, consent.as_deref()),
            Err(refusal) => Err(refusal),
        };
        if let Err(refusal) = begun {
            return refuse(session, &refusal).await;
        }
        let line = Arc::new(Line::default());
        let (to_page, from_thread) = unbounded_channel();
        line.connect(to_page);
        let for_thread = Arc::clone(&line);
        let started = Arc::clone(&agent).work(move |agent| session::enrol_on_page(agent, &for_thread));
        let ended = match started {
            Ok(()) => pass_on(&mut session, messages, from_thread, &line).await,
            Err(refusal) => {
                agent.enrolment.finish(false);
                Err(refusal)
            }
        };
        finish(session, &line, ended).await;
    });
    Ok(response)
}

/// Consent first, and kept before the camera opens.
fn begin_enrolment(agent: &Agent, nonce: &str, consent: Option<&str>) -> Result<(), Refusal> {
    let Some(text) = consent.and_then(ConsentText::with_hash) else {
        let rule = "the consent has to name the SHA-256 of one of the agent's texts";
        return Err(Refusal::new(RefusalCode::ConsentRefused, rule));
    };
    let internal = |error: String| Refusal::new(RefusalCode::Internal, error);
    let status = agent
        .device
        .status_now()
        .map_err(|error| internal(error.to_string()))?;
    match status {
        None => {
            return Err(Refusal::new(
                RefusalCode::OperationBusy,
                "an operation is under way",
            ));
        }
        Some(status) if status.enrolled => {
            let rule = "another face needs the first one to be erased";
            return Err(Refusal::new(RefusalCode::AlreadyEnrolled, rule));
        }
        Some(_) => {}
    }
    agent.enrolment.begin(nonce)?;
    let kept = agent.consent.keep(text, agent.clock.now_ms());
    kept.map_err(|error| {
        agent.enrolment.finish(false);
        internal(error.to_string())
    })
}

fn capped(messages: actix_ws::MessageStream) -> AggregatedMessageStream {
    messages
        .max_frame_size(FRAME_BYTES_MAX)
        .aggregate_continuations()
        .max_continuation_size(FRAME_BYTES_MAX)
}

fn message_refused(rule: &str) -> Refusal {
    Refusal::new(RefusalCode::MessageRefused, rule)
}

/// The first message: the nonce, and for an enrolment the consent.
async fn opening(messages: &mut AggregatedMessageStream) -> Result<(String, Option<String>), Refusal> {
    let first = tokio::time::timeout(OPENING_PATIENCE, messages.recv()).await;
    match first {
        Ok(Some(Ok(AggregatedMessage::Text(text)))) => match said(&text)? {
            Said::Open { nonce, consent } => Ok((nonce, consent)),
            _ => Err(message_refused("the first message has to open")),
        },
        _ => Err(message_refused(
            "the first message has to open, within five seconds",
        )),
    }
}

fn said(text: &str) -> Result<Said, Refusal> {
    if text.len() > WORD_BYTES_MAX {
        return Err(message_refused("a message of words has at most 4 KiB"));
    }
    serde_json::from_str(text).map_err(|_| message_refused("not a message that is known"))
}

/// Passes messages both ways until the thread has ended or the page is gone.
async fn pass_on(
    session: &mut Session,
    mut messages: AggregatedMessageStream,
    mut from_thread: UnboundedReceiver<String>,
    line: &Line,
) -> Result<(), Refusal> {
    let began = Instant::now();
    let (mut frames, mut rate) = (0u32, RateCap::new(FRAMES));
    loop {
        tokio::select! {
            biased;
            told = from_thread.recv() => match told {
                Some(told) => if session.text(told).await.is_err() {
                    return Ok(());
                },
                None => return Ok(()),
            },
            message = messages.recv() => match message {
                Some(Ok(AggregatedMessage::Binary(jpeg))) => {
                    frames += 1;
                    let now_ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
                    check_frame(&jpeg, frames, rate.admit((), now_ms))?;
                    line.show(jpeg.to_vec());
                }
                Some(Ok(AggregatedMessage::Text(text))) => line.say(word(said(&text)?)?),
                Some(Ok(AggregatedMessage::Ping(bytes))) => if session.pong(&bytes).await.is_err() {
                    return Ok(());
                },
                Some(Ok(AggregatedMessage::Pong(_))) => {}
                // Either way of saying that a message is longer than allowed.
                Some(Err(ProtocolError::Overflow | ProtocolError::Io(_))) => {
                    let rule = "a picture has at most 512 KiB";
                    return Err(Refusal::new(RefusalCode::FrameTooLarge, rule));
                }
                Some(Ok(AggregatedMessage::Close(_)) | Err(_)) | None => return Ok(()),
            },
        }
    }
}

fn check_frame(jpeg: &[u8], number: u32, in_time: bool) -> Result<(), Refusal> {
    let refused = |code, rule: &str| Err(Refusal::new(code, rule));
    if number > FRAMES_MAX {
        return refused(
            RefusalCode::FramesTooMany,
            "one operation needs at most 2700 pictures",
        );
    }
    if !in_time {
        return refused(RefusalCode::FramesTooFast, "at most 40 pictures a second");
    }
    if !jpeg.starts_with(&[0xFF, 0xD8, 0xFF]) {
        return refused(RefusalCode::FrameNotJpeg, "a picture has to be a JPEG");
    }
    Ok(())
}

fn word(said: Said) -> Result<Word, Refusal> {
    Ok(match said {
        Said::Open { .. } => return Err(message_refused("it is open already")),
        Said::Confirm {} => Word::Confirm,
        Said::Cancel {} => Word::Cancel,
        Said::Again {} => Word::Again,
        Said::CannotDisplay {} => Word::CannotDisplay,
        Said::Choose { index } => Word::Choose(index),
        Said::CameraFailed { reason } => Word::CameraFailed(match reason {
            Reason::PermissionDenied => CameraFailure::PermissionDenied,
            Reason::InUse => CameraFailure::InUse,
            Reason::Unplugged => CameraFailure::Unplugged,
        }),
    })
}

/// The page is gone, was refused, or has heard all: the line ends, and with it whatever still waits for the page.
async fn finish(session: Session, line: &Line, ended: Result<(), Refusal>) {
    line.close();
    match ended {
        // A page that has gone needs no answer.
        Ok(()) => drop(session.close(None).await),
        Err(refusal) => refuse(session, &refusal).await,
    }
}

async fn refuse(mut session: Session, refusal: &Refusal) {
    let ended = json!({"type": "ended", "code": refusal.code.as_str()});
    if session.text(ended.to_string()).await.is_ok() {
        // A page that has gone needs no answer.
        session.close(None).await.ok();
    }
}

#[cfg(test)]
mod tests {
    use super::{FRAMES_MAX, check_frame};
    use crate::refusal::RefusalCode;

    #[test]
    fn the_last_picture_is_taken_and_one_more_is_not() {
        let jpeg = [0xFF, 0xD8, 0xFF];
        assert_eq!(check_frame(&jpeg, FRAMES_MAX, true), Ok(()));
        let refused = |number, in_time, jpeg: &[u8]| check_frame(jpeg, number, in_time).unwrap_err().code;
        assert_eq!(refused(FRAMES_MAX + 1, true, &jpeg), RefusalCode::FramesTooMany);
        assert_eq!(refused(1, false, &jpeg), RefusalCode::FramesTooFast);
        assert_eq!(refused(1, true, &jpeg[..2]), RefusalCode::FrameNotJpeg);
    }
}
