/** Shows times in the zone of the visitor. */
// @ts-check

const { lang } = document.documentElement;
/** As the server: `en` has the day before the month. */
const locale = lang === "en" ? "en-GB" : lang;
const inWords = new Intl.DateTimeFormat(locale, {
  day: "numeric",
  month: "long",
  year: "numeric",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

// Without a zone, such as in a page of the host app, a date is that of no zone and stays as it is.
for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (document.querySelectorAll('time[datetime$="Z"]'))) {
  const text = inWords.format(new Date(time.dateTime));
  if (time.title === "") time.textContent = text;
  else time.title = text;
}
