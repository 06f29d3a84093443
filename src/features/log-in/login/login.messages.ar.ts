/** Messages in Arabic; see login.messages.ts. */
import { translate } from "../../../i18n/messages.ts";
import { messages } from "./login.messages.ts";

export const translation = translate(messages, "ar", {
  title: "تسجيل الدخول",
  continueTo: "سجّل الدخول للمتابعة إلى {host}.",
  name: {
    select: "loginWith",
    email: "البريد الإلكتروني",
    username: "اسم المستخدم",
    both: "البريد الإلكتروني أو اسم المستخدم",
  },
  enterName: {
    select: "loginWith",
    email: "أدخل بريدك الإلكتروني.",
    username: "أدخل اسم المستخدم.",
    both: "أدخل بريدك الإلكتروني أو اسم المستخدم.",
  },
  badCredentials: {
    select: "loginWith",
    email: "البريد الإلكتروني أو كلمة المرور غير صحيحة.",
    username: "اسم المستخدم أو كلمة المرور غير صحيحة.",
    both: "البريد الإلكتروني أو اسم المستخدم أو كلمة المرور غير صحيحة.",
  },
  badOrUnverified: {
    select: "loginWith",
    email: "البريد الإلكتروني أو كلمة المرور غير صحيحة، أو لم يُؤكَّد البريد الإلكتروني بعد.",
    username: "اسم المستخدم أو كلمة المرور غير صحيحة، أو لم يُؤكَّد البريد الإلكتروني بعد.",
    both: "البريد الإلكتروني أو اسم المستخدم أو كلمة المرور غير صحيحة، أو لم يُؤكَّد البريد الإلكتروني بعد.",
  },
  verifyQuestion: "لم تؤكّده بعد؟ {link}",
  verifyLink: "أكّد بريدك الإلكتروني",
  passwordsOff: {
    select: "ways",
    passkey: "كلمات المرور معطّلة. سجّل الدخول بمفتاح مرور.",
    code: "كلمات المرور معطّلة. سجّل الدخول برمز يصلك بالبريد الإلكتروني.",
    "passkey code": "كلمات المرور معطّلة. سجّل الدخول بمفتاح مرور أو برمز يصلك بالبريد الإلكتروني.",
    "passkey other": "كلمات المرور معطّلة. سجّل الدخول بمفتاح مرور أو بحساب آخر.",
    "code other": "كلمات المرور معطّلة. سجّل الدخول برمز يصلك بالبريد الإلكتروني أو بحساب آخر.",
    "passkey code other": "كلمات المرور معطّلة. سجّل الدخول بمفتاح مرور أو برمز يصلك بالبريد الإلكتروني أو بحساب آخر.",
    other: "كلمات المرور معطّلة. سجّل الدخول بحساب آخر.",
  },
  lostPasskey: "لا يمكنك استخدام مفتاح مرورك؟ اسأل القائمين على {siteName}.",
  lostPasskeyContact: "لا يمكنك استخدام مفتاح مرورك؟ {link}.",
  contact: "تواصل مع الدعم",
  remember: "تذكّرني",
  rememberHint: "ابقَ مسجّل الدخول على هذا الجهاز. لا يُنصح بذلك على الأجهزة المشتركة.",
  alreadyLoggedIn: "أنت مسجّل الدخول باسم {username}. {link}، أو سجّل الدخول أدناه لتبديل الحساب.",
  dashboard: "انتقل إلى لوحة المعلومات",
  continue: "تابع",
  continueToHost: "تابع إلى {host}",
  "event.new-device-login": "تسجيل دخول من جهاز جديد",
  "email.newDevice.subject": "تسجيل دخول جديد إلى حسابك",
  "email.newDevice.intro": "سجّل شخص ما الدخول إلى حسابك على {siteName} من جهاز جديد.",
});
