//! Where pictures are drawn: on threads that answer nobody, and few at once. Shaping and packing a picture takes as long
//! as many answers do.

use super::Refusal;
use crate::picture::Fonts;
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Pictures that are drawn at once; whoever comes later waits, and holds no thread while it does.
const AT_ONCE: usize = 2;

/// The fonts, and the turns to draw with them.
pub(super) struct Drawing {
    fonts: Arc<Fonts>,
    turns: Arc<Semaphore>,
}

impl Drawing {
    /// Drawing with these fonts.
    pub(super) fn with(fonts: Fonts) -> Self {
        Self {
            fonts: Arc::new(fonts),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }

    /// What `draw` makes with the fonts.
    ///
    /// # Errors
    /// `internal` where it panics.
    pub(super) async fn draw<T: Send + 'static>(
        &self,
        draw: impl FnOnce(&Fonts) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let turn = self.turns.clone().acquire_owned().await;
        let turn = turn.expect("the turns are never closed");
        let fonts = self.fonts.clone();
        let drawn = tokio::task::spawn_blocking(move || {
            // Goes when it is drawn, also where nobody waits for it any more.
            let _turn = turn;
            draw(&fonts)
        });
        drawn.await.map_err(Refusal::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::{AT_ONCE, Drawing};
    use crate::picture::Fonts;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    #[test]
    fn nobody_who_answers_draws_and_few_are_drawn_at_once() {
        let fonts = Fonts::load(&[]).expect("no file that could fail");
        let drawing = Drawing::with(fonts);
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        let drawn = runtime.block_on(futures_util::future::join_all((0..8).map(|_| {
            let (now, most) = (now.clone(), most.clone());
            drawing.draw(move |_| {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(20));
                now.fetch_sub(1, Ordering::SeqCst);
                std::thread::current().id()
            })
        })));
        let answering = std::thread::current().id();
        assert_eq!(drawn.len(), 8);
        assert!(
            drawn
                .into_iter()
                .all(|thread| thread.expect("drawn") != answering)
        );
        assert!((1..=AT_ONCE).contains(&most.load(Ordering::SeqCst)));
    }

    #[test]
    fn a_drawing_that_panics_gives_its_turn_back() {
        let drawing = Drawing::with(Fonts::load(&[]).expect("no file that could fail"));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .expect("a runtime");
        for _ in 0..=AT_ONCE {
            let refused = runtime.block_on(drawing.draw(|_| panic!("a font that nobody foresaw")));
            let refused: Result<(), _> = refused;
            assert_eq!(refused.expect_err("it panicked").code.as_str(), "internal");
        }
        assert_eq!(runtime.block_on(drawing.draw(|_| 1)), Ok(1));
    }
}
