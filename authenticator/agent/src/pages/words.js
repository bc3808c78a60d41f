// The pages' words in two languages. A page marks what is to be filled with data-t; scripts ask with t().

const WORDS = {
  en: {
    language: "中文",
    other: "zh",
    foot: "This page is served by the agent on this device. There is no liveness check yet: a photo may pass for you.",
    noscript: "This page needs JavaScript.",
    title_home: "Smile on this device", title_pairings: "Pairings – Smile", title_enrol: "Set up your face – Smile", title_operation: "Confirm – Smile",
    home_title: "Your face stays here",
    home_lead: "The agent on this device confirms payments and logins with your face. Shops get a signature, never a picture.",
    home_busy: "The agent is at work on another page.",
    waiting: "{origin} has asked for something, and no page has begun with it.", drop: "Drop the request",
    face: "Face", face_yes: "enrolled", face_no: "not enrolled",
    keys: "Keys", model: "Model", lock: "Locked", lock_no: "no", lock_s: "for {s} s", pages_allowed: "Web pages that may ask", nobody: "none yet",
    to_enrol: "Set up your face", to_pairings: "Pairings",
    pair_title: "Pairings",
    pair_lead: "Type the code into the web page that asks for it, if it is you who opened that page.",
    pair_none: "No web page is asking.", pair_code: "Code {code}", pair_left: "{s} s left",
    locked_title: "Locked web pages", locked_lead: "Too many wrong codes. Unlock a page only if it was you who typed them.", unlock: "Unlock", unlocked: "{origin} was unlocked.",
    paired_title: "Paired web pages", paired_none: "None yet.", forget: "Forget", forgotten: "{origin} was forgotten.",
    asks_pay: "Do you want to pay this?", asks_register: "Set up payment with your face?", asks_login: "Do you want to log in?", asks_remove: "Remove the keys of this page?",
    asked_by: "Asked by", account: "Account",
    then_camera: "Next the camera opens for a few seconds, here on this page. No picture leaves this device.",
    then_agent_camera: "Next the agent looks for a few seconds through a camera of its own. No picture leaves this device.",
    signed_text: "This text, exactly, is what you sign.",
    signed_picture: "This picture, exactly, is what you sign. The shop's server drew it.",
    picture_alt: "A picture of the payment that the shop's server drew, {n} bytes, SHA-256 {sha256}. It cannot be read out here: ask the shop for the words.",
    picture_caption: "Picture by the shop's server · {n} bytes · SHA-256 {sha256}",
    yes_pay: "Pay", yes_register: "Continue", yes_login: "Log in", yes_remove: "Remove", no: "Cancel",
    look_title: "Look at the camera", look_first: "Allow the camera, then look straight at it", hold: "Good. Hold still", watching: "The agent looks through a camera of its own.",
    choose: "Which account?",
    wait: "One moment", opening: "Connecting to the agent",
    again_title: "That did not work", again: "Try again",
    done_pay: "Confirmed", done_register: "Your face is set up for this page", done_login: "Logged in", done_remove: "The keys are removed",
    done_lead: "You can close this page and go back to the shop.",
    left_title: "What left your device", left_bytes: "{n} bytes: a signature and what it is about. No picture, no template. Here they are, all of them:", left_nothing: "Nothing.",
    refused_title: "Not confirmed", close: "You can close this page.",
    no_nonce: "Open this page from the shop: its address is not complete.",
    enrol_title: "Set up your face", agree: "I agree", decline: "Not now",
    enrol_done: "Your face is set up", enrol_done_lead: "The template is sealed on this device. Nothing was sent.",
    declined: "Nothing was recorded. You can always pay another way.",
    // Guidance and reasons, by their stable codes.
    no_face: "Show your face to the camera", multiple_faces: "Only one face, please", face_cut_off: "Move your whole face into the oval", face_too_far: "Come closer", face_too_close: "Move back a little", look_straight: "Look straight at the camera", too_dark: "Find more light", too_bright: "Find softer light", low_contrast: "Wipe the lens, or turn away from the light behind you", blurred: "Hold still", face_changed: "One person only, from start to end",
    not_confirmed: "It could not be confirmed that it is you.", no_usable_picture: "There was no picture that could be used. Find good light and look straight at the camera.", lockout_temporary: "Locked after several tries. Wait, or pay another way.", not_enrolled: "No face is set up on this device yet.", already_enrolled: "A face is set up already. To change it, run: smile-agent renew", template_stale: "Your face has to be set up again: run smile-agent renew.", cancelled: "You cancelled.", timeout: "There was no answer in time.", expired: "The time for this is over.", withdrawn: "The shop took its request back.", untrusted_facet_id: "This web page may not use these keys.", insecure_transport: "The provider's list is not served safely.", unsupported_version: "The request is of a version that is not spoken here.", no_suitable_authenticator: "The shop does not accept this device, or knows it already.", protocol_error: "The request is broken.", tc_undisplayable: "This payment cannot be shown safely.", key_invalidated: "The key for this page is gone. Register again.", storage_full: "There is no room for another key.", permission_denied: "The browser does not allow the camera. Allow it for this page, then try again.", in_use: "Another program uses the camera.", unplugged: "No camera was found.", stalled: "The camera stopped sending pictures.", unsupported_format: "The camera's pictures cannot be read.", camera: "The camera failed.", internal: "Something failed inside the agent.",
    consent_ended: "Your consent has ended. To go on, run: smile-agent renew",
    nonce_refused: "This page is not the one that the shop opened.", operation_unknown: "There is no such request.", operation_over: "This request is over.", operation_busy: "Another page is at work already.", message_refused: "The page and the agent did not understand each other.", consent_refused: "The text has changed. Load this page again.", frame_too_large: "A picture was too large.", frame_not_jpeg: "A picture was not a JPEG.", frames_too_fast: "Pictures came too fast.", frames_too_many: "Too many pictures.", gone: "The connection to the agent was lost.",
  },
  zh: {
    language: "English",
    other: "en",
    foot: "本页面由本设备上的代理程序提供。目前还没有活体检测：照片可能会被当成您本人。",
    noscript: "本页面需要 JavaScript。",
    title_home: "本设备上的 Smile", title_pairings: "配对 – Smile", title_enrol: "录入面容 – Smile", title_operation: "确认 – Smile",
    home_title: "您的面容只留在这里",
    home_lead: "本设备上的代理程序用您的面容确认付款和登录。商店只得到签名，绝不会得到照片。",
    home_busy: "代理程序正在另一个页面上工作。",
    waiting: "{origin} 提出了请求，还没有页面开始处理。", drop: "放弃该请求",
    face: "面容", face_yes: "已录入", face_no: "未录入",
    keys: "密钥", model: "型号", lock: "锁定", lock_no: "否", lock_s: "还有 {s} 秒", pages_allowed: "允许提出请求的网页", nobody: "暂无",
    to_enrol: "录入面容", to_pairings: "配对",
    pair_title: "配对",
    pair_lead: "如果网页是您自己打开的，请把配对码输入到该网页。",
    pair_none: "没有网页在请求配对。", pair_code: "配对码 {code}", pair_left: "剩余 {s} 秒",
    locked_title: "已锁定的网页", locked_lead: "错误的配对码太多。只有确实是您自己输错时才解锁。", unlock: "解锁", unlocked: "已解锁 {origin}。",
    paired_title: "已配对的网页", paired_none: "暂无。", forget: "取消配对", forgotten: "已取消 {origin} 的配对。",
    asks_pay: "您要支付这笔款项吗？", asks_register: "要启用刷脸付款吗？", asks_login: "您要登录吗？", asks_remove: "要删除该网页的密钥吗？",
    asked_by: "请求方", account: "账户",
    then_camera: "接下来摄像头会在本页面上打开几秒钟。照片不会离开本设备。",
    then_agent_camera: "接下来代理程序会用它自己的摄像头看几秒钟。照片不会离开本设备。",
    signed_text: "您签署的正是这段文字，一字不差。",
    signed_picture: "您签署的就是这张图片本身。图片由商店的服务器绘制。",
    picture_alt: "商店服务器绘制的付款图片，{n} 字节，SHA-256 {sha256}。此处无法朗读其内容：请向商店索取文字。",
    picture_caption: "商店服务器绘制的图片 · {n} 字节 · SHA-256 {sha256}",
    yes_pay: "付款", yes_register: "继续", yes_login: "登录", yes_remove: "删除", no: "取消",
    look_title: "请看摄像头", look_first: "请允许使用摄像头，然后正视它", hold: "很好，请保持不动", watching: "代理程序正用它自己的摄像头看。",
    choose: "使用哪个账户？",
    wait: "请稍候", opening: "正在连接代理程序",
    again_title: "没有成功", again: "再试一次",
    done_pay: "已确认", done_register: "该网页已可刷脸", done_login: "已登录", done_remove: "密钥已删除",
    done_lead: "您可以关闭本页面，回到商店。",
    left_title: "离开本设备的内容", left_bytes: "{n} 字节：一个签名及其所签的内容。没有照片，没有模板。全部内容如下：", left_nothing: "什么都没有。",
    refused_title: "未确认", close: "您可以关闭本页面。",
    no_nonce: "请从商店打开本页面：地址不完整。",
    enrol_title: "录入面容", agree: "我同意", decline: "暂不",
    enrol_done: "面容已录入", enrol_done_lead: "模板已加密保存在本设备上。没有发送任何内容。",
    declined: "没有记录任何内容。您始终可以用其他方式付款。",
    no_face: "请把脸对准摄像头", multiple_faces: "请只留一个人", face_cut_off: "请把整张脸移入椭圆", face_too_far: "请靠近一点", face_too_close: "请后退一点", look_straight: "请正视摄像头", too_dark: "请到更亮的地方", too_bright: "请到光线柔和的地方", low_contrast: "请擦拭镜头，或避开背后的光", blurred: "请保持不动", face_changed: "请自始至终只由一个人完成",
    not_confirmed: "无法确认是您本人。", no_usable_picture: "没有可用的照片。请在光线好的地方正视摄像头。", lockout_temporary: "多次尝试后已锁定。请稍候，或用其他方式付款。", not_enrolled: "本设备上还没有录入面容。", already_enrolled: "已经录入了面容。要更换，请运行：smile-agent renew", template_stale: "需要重新录入面容：请运行 smile-agent renew。", cancelled: "您已取消。", timeout: "没有及时得到回答。", expired: "请求已过期。", withdrawn: "商店撤回了请求。", untrusted_facet_id: "该网页无权使用这些密钥。", insecure_transport: "服务方的名单未经安全传输。", unsupported_version: "不支持该请求的版本。", no_suitable_authenticator: "商店不接受本设备，或已经登记过它。", protocol_error: "请求有误。", tc_undisplayable: "无法安全地显示这笔付款。", key_invalidated: "该网页的密钥已不存在，请重新登记。", storage_full: "没有空间存放新的密钥。", permission_denied: "浏览器不允许使用摄像头。请为本页面允许后再试。", in_use: "摄像头正被其他程序使用。", unplugged: "没有找到摄像头。", stalled: "摄像头停止传送画面。", unsupported_format: "无法读取摄像头的画面。", camera: "摄像头出错。", internal: "代理程序内部出错。",
    consent_ended: "您的同意已失效。要继续，请运行：smile-agent renew",
    nonce_refused: "本页面不是商店打开的那一个。", operation_unknown: "没有这个请求。", operation_over: "该请求已结束。", operation_busy: "另一个页面已在处理。", message_refused: "页面与代理程序无法互相理解。", consent_refused: "文字已更改，请重新载入本页面。", frame_too_large: "有一张画面过大。", frame_not_jpeg: "有一张画面不是 JPEG。", frames_too_fast: "画面传送过快。", frames_too_many: "画面过多。", gone: "与代理程序的连接已断开。",
  },
};

const KEPT = "smile-language";

function preferred() {
  const kept = localStorage.getItem(KEPT);
  if (kept in WORDS) return kept;
  const first = navigator.languages.map((tag) => tag.slice(0, 2)).find((tag) => tag in WORDS);
  return first ?? "en";
}

export let language = preferred();
const listeners = [];

/** The words for `key`, with {name} filled in. A code that nobody knows is shown as it is. */
export function t(key, values = {}) {
  const words = WORDS[language][key] ?? key;
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** Fills every element that is marked, now and whenever the language changes; `fill` does the same for a page's own. */
export function speak(fill = () => {}) {
  listeners.push(fill);
  show();
}

function show() {
  document.documentElement.lang = language === "zh" ? "zh-Hans" : "en";
  for (const element of document.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  const other = document.querySelector(".language");
  other.textContent = t("language");
  other.lang = t("other") === "zh" ? "zh-Hans" : "en";
  for (const fill of listeners) fill();
}

document.querySelector(".language").addEventListener("click", () => {
  language = t("other");
  localStorage.setItem(KEPT, language);
  show();
});
