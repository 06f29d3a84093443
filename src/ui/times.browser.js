/** Shows times in the zone and language of the visitor. */
// @ts-check

const { lang } = document.documentElement;
/** Some systems list tags that `Intl` rejects, such as `en-US@posix`. @param {string} tag */
const isOfPage = (tag) => /^[a-z\d-]+$/i.test(tag) && tag.split("-")[0] === lang.split("-")[0];
/** The page's language, in the variant that the visitor prefers, such as `en-GB`. */
const locale = navigator.languages.find(isOfPage) ?? lang;
const inWords = new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" });

// Without a zone, such as in a page of the host app, a date is that of no zone and stays as it is.
for (const time of /** @type {NodeListOf<HTMLTimeElement>} */ (document.querySelectorAll('time[datetime$="Z"]'))) {
  const text = inWords.format(new Date(time.dateTime));
  if (time.title === "") time.textContent = text;
  else time.title = text;
}
