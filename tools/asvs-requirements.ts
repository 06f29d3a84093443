/** OWASP ASVS 5.0, levels 1 and 2 of V3, V6 and V7: each demand in our own words, and how it stands where no test proves it. */

export interface Requirement {
  readonly id: string;
  readonly level: 1 | 2;
  readonly demand: string;
  /** Where no test cites the id: what is to come, or why it does not apply. */
  readonly otherwise?: { readonly planned: string } | { readonly notApplicable: string };
}

const factors = { planned: "Comes with second factors." };
const federated = { notApplicable: "Nobody signs in through another service." };

export const requirements: readonly Requirement[] = [
  { id: "3.2.1", level: 1, demand: "Answers are never shown as another kind of content than they are" },
  { id: "3.2.2", level: 1, demand: "Text is put into pages as text" },
  { id: "3.3.1", level: 1, demand: "Cookies are Secure, and named so that browsers see to it" },
  { id: "3.3.2", level: 2, demand: "SameSite suits what each cookie is for" },
  { id: "3.3.3", level: 2, demand: "Cookies bear the __Host- prefix" },
  { id: "3.3.4", level: 2, demand: "Scripts cannot read session cookies" },
  { id: "3.4.1", level: 1, demand: "HSTS for a year or more, sub-domains included" },
  { id: "3.4.2", level: 1, demand: "No foreign origin is let in by CORS" },
  { id: "3.4.3", level: 2, demand: "A content security policy lets only our own content run" },
  { id: "3.4.4", level: 2, demand: "Browsers never guess a content type" },
  { id: "3.4.5", level: 2, demand: "Addresses of pages do not leak to other sites" },
  { id: "3.4.6", level: 2, demand: "No site can put our pages into a frame" },
  { id: "3.5.1", level: 1, demand: "Forged requests from other sites are refused" },
  { id: "3.5.2", level: 1, demand: "What relies on a preflight cannot be called without one" },
  { id: "3.5.3", level: 1, demand: "Only POST changes anything" },
  {
    id: "3.5.4",
    level: 2,
    demand: "Separate applications live on separate hosts",
    otherwise: { notApplicable: "For whoever deploys it: the README advises a host of its own." },
  },
  { id: "3.5.5", level: 2, demand: "Messages between windows are checked", otherwise: { notApplicable: "No page listens for any." } },
  {
    id: "3.7.1",
    level: 2,
    demand: "Only browser technology that is still looked after",
    otherwise: { notApplicable: "HTML, CSS and one small script." },
  },
  { id: "3.7.2", level: 2, demand: "Redirects lead to this site only" },
  { id: "6.1.1", level: 1, demand: "What stops guessing, and how, is written down" },
  { id: "6.1.2", level: 2, demand: "Words of this site and person are refused as passwords" },
  { id: "6.1.3", level: 2, demand: "Every way in is documented and equally strong" },
  { id: "6.2.1", level: 1, demand: "Passwords have eight characters or more" },
  { id: "6.2.2", level: 1, demand: "People can change their password" },
  { id: "6.2.3", level: 1, demand: "Changing a password takes the current one" },
  { id: "6.2.4", level: 1, demand: "The most common passwords are refused" },
  { id: "6.2.5", level: 1, demand: "No rules on which kinds of characters" },
  { id: "6.2.6", level: 1, demand: "Password fields hide what is typed" },
  { id: "6.2.7", level: 1, demand: "Pasting and password managers are welcome" },
  { id: "6.2.8", level: 1, demand: "Passwords are checked exactly as typed" },
  { id: "6.2.9", level: 2, demand: "Sixty-four characters and more are allowed" },
  { id: "6.2.10", level: 2, demand: "Passwords do not expire" },
  { id: "6.2.11", level: 2, demand: "The documented words are put to use" },
  {
    id: "6.2.12",
    level: 2,
    demand: "Passwords from known breaches are refused", },
  { id: "6.3.1", level: 1, demand: "Guessing is stopped as documented" },
  { id: "6.3.2", level: 1, demand: "There are no default accounts" },
  { id: "6.3.3", level: 2, demand: "More than one factor", otherwise: factors },
  { id: "6.3.4", level: 2, demand: "No undocumented way in" },
  {
    id: "6.4.1",
    level: 1,
    demand: "Initial secrets are random, short-lived, and confirm nobody else's choice", },
  { id: "6.4.2", level: 1, demand: "No hints and no secret questions" },
  { id: "6.4.3", level: 2, demand: "A forgotten password is reset safely" },
  { id: "6.4.4", level: 2, demand: "A lost factor is replaced on equal proof", otherwise: factors },
  { id: "6.5.1", level: 2, demand: "Codes and links are good once" },
  {
    id: "6.5.2",
    level: 2,
    demand: "Short codes are stored so that they cannot be tried out", },
  { id: "6.5.3", level: 2, demand: "Codes come from a secure generator" },
  { id: "6.5.4", level: 2, demand: "Codes have six digits or more" },
  { id: "6.5.5", level: 2, demand: "Codes live ten minutes at most" },
  { id: "6.6.1", level: 2, demand: "Text messages only with care", otherwise: { notApplicable: "None are sent." } },
  { id: "6.6.2", level: 2, demand: "A code is good only where it was asked for" },
  { id: "6.6.3", level: 2, demand: "Guessing codes is stopped" },
  { id: "6.8.1", level: 2, demand: "One provider cannot pass for another", otherwise: federated },
  { id: "6.8.2", level: 2, demand: "Signatures of assertions are checked", otherwise: federated },
  { id: "6.8.3", level: 2, demand: "A SAML assertion is good once", otherwise: { notApplicable: "There is no SAML." } },
  { id: "6.8.4", level: 2, demand: "A provider's word on strength is checked", otherwise: federated },
  { id: "7.1.1", level: 2, demand: "Lifetimes of sessions are documented" },
  {
    id: "7.1.2",
    level: 2,
    demand: "How many sessions an account may have is documented",
    otherwise: { planned: "As many as there are devices, today: each is listed and can be ended in the settings." },
  },
  { id: "7.1.3", level: 2, demand: "Sessions shared between systems are documented", otherwise: federated },
  { id: "7.2.1", level: 1, demand: "Sessions are checked on the server" },
  { id: "7.2.2", level: 1, demand: "Each session has a token made for it" },
  { id: "7.2.3", level: 1, demand: "Tokens are random and long" },
  { id: "7.2.4", level: 1, demand: "A new token at each login, and the old one dead" },
  { id: "7.3.1", level: 2, demand: "Sessions end when they are not used" },
  { id: "7.3.2", level: 2, demand: "Sessions end after a time, used or not" },
  { id: "7.4.1", level: 1, demand: "An ended session is worth nothing" },
  { id: "7.4.2", level: 1, demand: "Removing an account ends its sessions" },
  { id: "7.4.3", level: 2, demand: "Changing a factor can end the other sessions" },
  { id: "7.4.4", level: 2, demand: "Logging out is offered on every page" },
  { id: "7.4.5", level: 2, demand: "Operators can end sessions", otherwise: { planned: "Comes with the command line." } },
  {
    id: "7.5.1",
    level: 2,
    demand: "The password is asked for again before sensitive changes", },
  { id: "7.5.2", level: 2, demand: "People see and end their sessions" },
  { id: "7.6.1", level: 2, demand: "Lifetimes agree with a provider's", otherwise: federated },
  { id: "7.6.2", level: 2, demand: "No session begins without a person's doing" },
];
