package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"helhet/internal/fault"
	"helhet/internal/store"
	"helhet/org"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// IssuerKind says which rules of its own an issuer follows.
type IssuerKind string

// The kinds of issuers.
const (
	Ansattporten IssuerKind = "ansattporten"
	Entra        IssuerKind = "entra"
	OtherIssuer  IssuerKind = "other"
)

// Issuer is one place to sign in at with OpenID Connect.
type Issuer struct {
	ID                     string // "ansattporten", as it stands in addresses
	Name                   string // as people read it
	URL                    string // "https://ansattporten.no"
	ClientID, ClientSecret string
	Kind                   IssuerKind
	ACRValues              []string // the levels of assurance that are enough; empty: any
	Scopes                 []string // asked for besides openid
	AuthorizationDetails   string   // JSON that is sent as it is; "" is none
}

// OIDCOptions is what OIDC is built from.
type OIDCOptions struct {
	Issuers   []Issuer
	PublicURL string // "https://helhet.example.org"
	Now       func() time.Time
	Transport http.RoundTripper // nil is the standard one
}

// Verified is who somebody is, as an issuer vouches for it in an ID token that has been checked.
type Verified struct {
	IssuerID      string   `bson:"issuerId"`                // "entra", as in the settings
	IssuerName    string   `bson:"issuerName"`              // "Microsoft", as people read it
	Issuer        string   `bson:"issuer"`                  // the token's iss
	Subject       string   `bson:"subject"`                 // its sub; Entra's is tenant and object: "tid/oid"
	Name          string   `bson:"name,omitempty"`          // to fill a form in with; it proves nothing
	Organisations []string `bson:"organisations,omitempty"` // organisation numbers she acts for; they give no role
	SID           string   `bson:"-"`                       // the issuer's own session
	// Person is whom the account is linked to already, "" for nobody; Linked is when that was done.
	Person org.PersonID `bson:"-"`
	Linked time.Time    `bson:"-"`
}

// OIDC signs people in at other services with OpenID Connect: authorization code with PKCE, state and nonce.
type OIDC struct {
	issuers  []*issuer
	sessions *Service
	accounts *Accounts
	public   string
	now      func() time.Time
	client   *http.Client

	signIns     *store.Collection[signIn]
	arrivals    *store.Collection[arrival]
	ssoSessions *store.Collection[ssoSession]
}

// NewOIDC declares the collections. Nothing is asked of an issuer before somebody wants to sign in there.
func NewOIDC(db *store.DB, sessions *Service, accounts *Accounts, o OIDCOptions) *OIDC {
	transport := o.Transport
	if transport == nil {
		transport = http.DefaultTransport
	}
	s := &OIDC{
		sessions: sessions, accounts: accounts, public: strings.TrimSuffix(o.PublicURL, "/"), now: o.Now,
		client:      &http.Client{Timeout: issuerTime, Transport: bounded{transport}},
		signIns:     passing(db, "sign_ins", func(v *signIn) time.Time { return v.Ends }),
		arrivals:    passing(db, "arrivals", func(v *arrival) time.Time { return v.Ends }),
		ssoSessions: passing(db, "sso_sessions", func(v *ssoSession) time.Time { return v.Ends }),
	}
	for _, i := range o.Issuers {
		s.issuers = append(s.issuers, &issuer{Issuer: i})
	}
	return s
}

// Issuers lists where one can sign in, in the settings' order. A nil OIDC has none.
func (o *OIDC) Issuers() []Issuer {
	if o == nil {
		return nil
	}
	var all []Issuer
	for _, i := range o.issuers {
		all = append(all, i.Issuer)
	}
	return all
}

// Issuer finds one by its id.
func (o *OIDC) Issuer(id string) (Issuer, bool) {
	i, ok := o.issuer(id)
	if !ok {
		return Issuer{}, false
	}
	return i.Issuer, true
}

func (o *OIDC) issuer(id string) (*issuer, bool) {
	if o == nil {
		return nil, false
	}
	n := slices.IndexFunc(o.issuers, func(i *issuer) bool { return i.ID == id })
	if n < 0 {
		return nil, false
	}
	return o.issuers[n], true
}

const (
	issuerTime  = 8 * time.Second // one request to an issuer
	retryAfter  = 5 * time.Second // an issuer that did not answer is left alone for as long
	rediscover  = 24 * time.Hour  // how long a discovery document is believed
	issuerBytes = 1 << 20         // of one answer of an issuer
	tenantMark  = "{tenantid}"    // in the issuer that Entra's common discovery documents tell of
	maxText     = 2048            // bytes of a return path or an invitation's secret
)

// algorithms are the signatures that are taken: those with a public key. "none" and HS256 are not among them.
var algorithms = []string{
	oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA,
}

// bounded cuts answers off that are longer than any of an issuer's should be.
type bounded struct{ http.RoundTripper }

func (b bounded) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := b.RoundTripper.RoundTrip(r)
	if err == nil {
		answer.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(answer.Body, issuerBytes), answer.Body}
	}
	return answer, err
}

// issuer is an issuer with what its discovery document says.
type issuer struct {
	Issuer

	mu       sync.Mutex
	found    *discovered
	foundAt  time.Time
	failed   error
	failedAt time.Time
}

// discovered is an issuer's discovery document, with its keys behind the verifier.
type discovered struct {
	iss        string // what tokens must say; with tenantMark where Entra's tenant stands
	endpoint   oauth2.Endpoint
	verifier   *oidc.IDTokenVerifier
	endSession string
	answersISS bool // its answers carry iss (RFC 9207)
}

// discover gives what the issuer's discovery document says. It is read when first needed, again after a day, and no more often than
// every few seconds while the issuer does not answer: then it is fault Unavailable, or yesterday's document.
func (o *OIDC) discover(ctx context.Context, i *issuer) (*discovered, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := o.now()
	if i.found != nil && now.Sub(i.foundAt) < rediscover {
		return i.found, nil
	}
	if i.failed == nil || now.Sub(i.failedAt) >= retryAfter {
		// Others wait for the same answer: that one of them leaves does not end it.
		found, err := o.readDiscovery(context.WithoutCancel(ctx), i.Issuer)
		if err == nil {
			i.found, i.foundAt, i.failed = found, now, nil
			return found, nil
		}
		i.failed, i.failedAt = err, now
	}
	if i.found != nil {
		return i.found, nil
	}
	return nil, unavailable(i.Issuer, i.failed)
}

// expectedISS is how an issuer of this address calls itself. Entra's common addresses serve many tenants, and name none.
func (i Issuer) expectedISS() string {
	if i.Kind == Entra {
		for _, common := range []string{"/organizations/", "/common/"} {
			if strings.Contains(i.URL, common) {
				return strings.Replace(i.URL, common, "/"+tenantMark+"/", 1)
			}
		}
	}
	return i.URL
}

func (o *OIDC) readDiscovery(ctx context.Context, i Issuer) (*discovered, error) {
	ctx = oidc.ClientContext(ctx, o.client)
	iss := i.expectedISS()
	if iss != i.URL {
		ctx = oidc.InsecureIssuerURLContext(ctx, iss) // compared below, and each token's by isItself
	}
	provider, err := oidc.NewProvider(ctx, i.URL)
	if err != nil {
		return nil, tellable(err)
	}
	var more struct {
		Issuer      string   `json:"issuer"`
		EndSession  string   `json:"end_session_endpoint"`
		AnswersISS  bool     `json:"authorization_response_iss_parameter_supported"`
		AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := provider.Claims(&more); err != nil {
		return nil, errors.New("discovery document cannot be read")
	}
	if more.Issuer != iss {
		return nil, fmt.Errorf("discovery document of issuer %q, expected %q", more.Issuer, iss)
	}
	d := &discovered{iss: iss, endpoint: provider.Endpoint(), answersISS: more.AnswersISS}
	for _, address := range []string{d.endpoint.AuthURL, d.endpoint.TokenURL} {
		if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "https" && !strings.HasPrefix(i.URL, "http:") {
			return nil, fmt.Errorf("discovery document with the endpoint %q", address)
		}
	}
	if u, err := url.Parse(more.EndSession); err == nil && u.Host != "" && (u.Scheme == "https" || strings.HasPrefix(i.URL, "http:")) {
		d.endSession = more.EndSession
	}
	// Said outright, since trying out which one works would send a code twice.
	d.endpoint.AuthStyle = oauth2.AuthStyleInHeader
	if i.ClientSecret == "" || len(more.AuthMethods) > 0 && !slices.Contains(more.AuthMethods, "client_secret_basic") {
		d.endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	d.verifier = provider.VerifierContext(oidc.ClientContext(context.Background(), o.client), &oidc.Config{
		ClientID: i.ClientID, SupportedSigningAlgs: algorithms, Now: o.now, SkipIssuerCheck: iss != i.URL,
	})
	return d, nil
}

// isItself tells whether a token's or request's iss is this issuer's. Where many tenants share it, the tenant may be any.
func (i Issuer) isItself(iss string) bool {
	before, after, shared := strings.Cut(i.expectedISS(), tenantMark)
	if !shared {
		return iss == i.URL
	}
	tenant, ok := strings.CutPrefix(iss, before)
	if !ok {
		return false
	}
	tenant, ok = strings.CutSuffix(tenant, after)
	return ok && guid.MatchString(tenant)
}

// guid is how Entra writes tenants and objects.
var guid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// Beginning is what a sign-in starts from.
type Beginning struct {
	Browser    string // the secret of the cookie that binds it to this browser
	Return     string // where to go after it, a path of ours
	Invitation string // the secret of an invitation, "" for none
	Language   string // "nn": what the issuer's pages should be in
}

// Begin starts a sign-in and gives the address to send the browser to. Fault NotFound for an unknown issuer, Unavailable when it does not answer.
func (o *OIDC) Begin(ctx context.Context, issuerID string, b Beginning) (string, error) {
	const op = "auth.Begin"
	i, ok := o.issuer(issuerID)
	if !ok {
		return "", unknownIssuer(op)
	}
	if b.Browser == "" || len(b.Return) > maxText || len(b.Invitation) > maxText {
		return "", fault.New(fault.Malformed, op, "error.malformed")
	}
	d, err := o.discover(ctx, i)
	if err != nil {
		return "", err
	}
	state, under := rand.Text(), signIn{
		Issuer: i.ID, Browser: hashOf(b.Browser), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier(),
		Return: b.Return, Invitation: b.Invitation, Ends: o.now().UTC().Add(SignInLength),
	}
	if _, err := o.signIns.Insert(ctx, hashOf(state), under); err != nil {
		return "", org.Fault(op, "", err)
	}
	options := []oauth2.AuthCodeOption{
		oauth2.S256ChallengeOption(under.Verifier), oidc.Nonce(under.Nonce), oauth2.SetAuthURLParam("response_mode", "query"),
	}
	for name, value := range map[string]string{
		"acr_values": strings.Join(i.ACRValues, " "), "authorization_details": i.AuthorizationDetails, "ui_locales": b.Language,
	} {
		if value != "" {
			options = append(options, oauth2.SetAuthURLParam(name, value))
		}
	}
	if i.Kind == Entra { // a ward computer has several people's sessions there
		options = append(options, oauth2.SetAuthURLParam("prompt", "select_account"))
	}
	return o.oauth(i, d).AuthCodeURL(state, options...), nil
}

func (o *OIDC) oauth(i *issuer, d *discovered) *oauth2.Config {
	return &oauth2.Config{
		ClientID: i.ClientID, ClientSecret: i.ClientSecret, Endpoint: d.endpoint,
		RedirectURL: o.public + "/sign-in/" + i.ID + "/callback", Scopes: append([]string{oidc.ScopeOpenID}, i.Scopes...),
	}
}

// Returned is what an issuer's answer came to. Return and Invitation are known as soon as the answer belongs to a sign-in that this
// browser began, whatever was wrong with it then.
type Returned struct {
	Who                Verified
	Return, Invitation string
}

// Callback takes an issuer's answer: the query it sent the browser back with. Browser is the secret of the cookie that Begin was told. An
// answer is used once. Fault Forbidden with a text for people when it can't be accepted, Unavailable when the issuer does not answer.
func (o *OIDC) Callback(ctx context.Context, issuerID, browser string, answer url.Values) (Returned, error) {
	i, ok := o.issuer(issuerID)
	if !ok {
		return Returned{}, unknownIssuer("auth.Callback")
	}
	for _, name := range []string{"state", "code", "iss", "error"} {
		if len(answer[name]) > 1 {
			return Returned{}, refused("state", name+" given twice")
		}
	}
	under, err := o.take(ctx, answer.Get("state"), browser)
	back := Returned{Return: under.Return, Invitation: under.Invitation}
	if err != nil {
		return back, err
	}
	if under.Issuer != i.ID {
		return back, refused("token", "sign-in at another issuer", "issuer", i.Name)
	}
	d, err := o.discover(ctx, i)
	if err != nil {
		return back, err
	}
	// Before the code leaves us: a code of one issuer must not be sent to another.
	if iss := answer.Get("iss"); iss != "" && !i.isItself(iss) || iss == "" && d.answersISS {
		return back, refused("token", "answer of another issuer", "issuer", i.Name)
	}
	if code := answer.Get("error"); code != "" {
		reason := "token"
		if code == "access_denied" || code == "login_required" || code == "interaction_required" {
			reason = "denied"
		}
		return back, refused(reason, "issuer answered with an error", "issuer", i.Name)
	}
	back.Who, err = o.exchange(ctx, i, d, under, answer.Get("code"))
	if err != nil {
		return back, err
	}
	back.Who.Person, back.Who.Linked, err = o.accounts.Linked(ctx, back.Who.Issuer, back.Who.Subject)
	if fault.CodeOf(err) == fault.NotFound {
		return back, nil
	}
	if err != nil {
		return back, err
	}
	// A link that was made before she came herself is whoever's who had her invitation passed on by hand.
	person, err := o.sessions.people.Get(ctx, back.Who.Person)
	if fault.CodeOf(err) == fault.NotFound || err == nil && back.Who.Linked.Before(person.Proved) {
		back.Who.Person, err = "", nil
	}
	return back, err
}

// claims is all that is read of an ID token besides what the library checks. Whatever else it holds, an Ansattporten user's pid (her
// national identity number) first of all, is never decoded.
type claims struct {
	AZP     string          `json:"azp"`
	ACR     string          `json:"acr"`
	SID     string          `json:"sid"`
	Name    string          `json:"name"`
	TID     string          `json:"tid"`
	OID     string          `json:"oid"`
	Details json.RawMessage `json:"authorization_details"`
}

// exchange trades the code for an ID token and checks it. The access token is thrown away.
func (o *OIDC) exchange(ctx context.Context, i *issuer, d *discovered, under signIn, code string) (Verified, error) {
	bad := func(cause string) (Verified, error) { return Verified{}, refused("token", cause, "issuer", i.Name) }
	if code == "" {
		return bad("no code")
	}
	ctx = oidc.ClientContext(ctx, o.client)
	answer, err := o.oauth(i, d).Exchange(ctx, code, oauth2.VerifierOption(under.Verifier))
	if err != nil {
		if answered, ok := errors.AsType[*oauth2.RetrieveError](err); ok && answered.Response != nil && answered.Response.StatusCode < http.StatusInternalServerError {
			return bad("code refused: " + answered.ErrorCode)
		}
		return Verified{}, unavailable(i.Issuer, tellable(err))
	}
	raw, _ := answer.Extra("id_token").(string)
	if raw == "" {
		return bad("no ID token")
	}
	token, err := d.verifier.Verify(ctx, raw)
	if err != nil {
		return bad(err.Error())
	}
	var c claims
	if err := token.Claims(&c); err != nil {
		return bad("claims cannot be read")
	}
	if under.Nonce == "" || subtle.ConstantTimeCompare([]byte(token.Nonce), []byte(under.Nonce)) != 1 {
		return bad("another nonce")
	}
	if cause := i.check(token.Issuer, token.Subject, token.Audience, c); cause != "" {
		return bad(cause)
	}
	if !enough(i.ACRValues, c.ACR) {
		return Verified{}, refused("level", "level of assurance too low", "issuer", i.Name)
	}
	who := Verified{IssuerID: i.ID, IssuerName: i.Name, Issuer: token.Issuer, Subject: token.Subject, Name: c.Name, SID: c.SID}
	switch i.Kind {
	case Entra:
		who.Subject = c.TID + "/" + c.OID
	case Ansattporten:
		who.Organisations = organisations(c.Details)
	}
	return who, nil
}

// check finds what is wrong with an ID token that is properly signed, for us and in time; "" is nothing.
func (i Issuer) check(iss, sub string, audience []string, c claims) string {
	switch {
	case !i.isItself(iss):
		return "ID token of another issuer"
	case sub == "":
		return "no subject"
	case c.AZP != "" && c.AZP != i.ClientID, len(audience) > 1 && c.AZP == "":
		return "ID token for another party"
	case i.Kind == Entra && (!guid.MatchString(c.TID) || !guid.MatchString(c.OID) || !strings.Contains(iss, "/"+c.TID+"/")):
		return "no tenant or object, or another tenant's"
	}
	return ""
}

// levels are what issuers call their levels of assurance, by rank. The longer names end in the shorter.
var levels = map[string]int{"low": 1, "substantial": 2, "high": 3, "level3": 2, "level4": 3}

func rank(acr string) int {
	acr = strings.ToLower(acr)
	return levels[acr[strings.LastIndexByte(acr, '-')+1:]]
}

// enough tells whether a level of assurance is one of those wanted, or higher than one of them.
func enough(wanted []string, got string) bool {
	if len(wanted) == 0 || slices.Contains(wanted, got) {
		return true
	}
	return slices.ContainsFunc(wanted, func(w string) bool { return rank(w) > 0 && rank(got) >= rank(w) })
}

// organisationID is a Norwegian organisation number as ISO 6523 writes it.
var organisationID = regexp.MustCompile(`^0192:([0-9]{9})$`)

// maxOrganisations is how many organisations of a token are taken.
const maxOrganisations = 20

// organisations finds the organisation numbers in authorization_details, whose types each have a form of their own: every "ID" in it.
func organisations(details json.RawMessage) []string {
	var tree any
	if len(details) == 0 || json.Unmarshal(details, &tree) != nil {
		return nil
	}
	var found []string
	var walk func(any)
	walk = func(node any) {
		switch n := node.(type) {
		case []any:
			for _, child := range n {
				walk(child)
			}
		case map[string]any:
			for name, child := range n {
				if text, ok := child.(string); ok && strings.EqualFold(name, "ID") {
					if m := organisationID.FindStringSubmatch(text); m != nil && !slices.Contains(found, m[1]) && len(found) < maxOrganisations {
						found = append(found, m[1])
					}
					continue
				}
				walk(child)
			}
		}
	}
	walk(tree)
	slices.Sort(found)
	return found
}

// Framers are the origins that may frame the page of front-channel sign-out: the issuer's own, and that of its sign-out page.
func (o *OIDC) Framers(ctx context.Context, issuerID string) ([]string, error) {
	i, ok := o.issuer(issuerID)
	if !ok {
		return nil, unknownIssuer("auth.Framers")
	}
	addresses := []string{i.URL}
	if d, err := o.discover(ctx, i); err == nil && d.endSession != "" {
		addresses = append(addresses, d.endSession)
	}
	var origins []string
	for _, address := range addresses {
		if u, err := url.Parse(address); err == nil && !slices.Contains(origins, u.Scheme+"://"+u.Host) {
			origins = append(origins, u.Scheme+"://"+u.Host)
		}
	}
	return origins, nil
}

// EndSession is where somebody signs out at an issuer too, "" when it has no such place or does not answer.
func (o *OIDC) EndSession(ctx context.Context, issuerID string) string {
	i, ok := o.issuer(issuerID)
	if !ok {
		return ""
	}
	d, err := o.discover(ctx, i)
	if err != nil || d.endSession == "" {
		return ""
	}
	u, err := url.Parse(d.endSession)
	if err != nil {
		return ""
	}
	// No id_token_hint: that would take keeping ID tokens, and what stands in them.
	q := u.Query()
	q.Set("client_id", i.ClientID)
	q.Set("post_logout_redirect_uri", o.public+"/sign-in")
	u.RawQuery = q.Encode()
	return u.String()
}

// maxCause is how many bytes of a cause are logged: some of it is the issuer's to choose.
const maxCause = 200

// refused is an answer that can't be accepted: the reason's text for people, the cause for the log. Neither holds a claim.
func refused(reason, cause string, args ...any) error {
	cause = cause[:min(len(cause), maxCause)]
	return &fault.Error{Code: fault.Forbidden, Op: "auth.Callback", Key: "error.sign-in." + reason, Args: args, Err: errors.New(cause)}
}

func unavailable(i Issuer, cause error) error {
	return &fault.Error{Code: fault.Unavailable, Op: "auth.Issuer", Key: "error.sign-in.unavailable", Args: []any{"issuer", i.Name}, Err: cause}
}

func unknownIssuer(op string) error { return fault.New(fault.NotFound, op, "error.page.unknown") }

// tellable makes of a failed request what a log may hold: whether there was an answer, never what stood in it.
func tellable(err error) error {
	if mismatch, ok := errors.AsType[*oidc.IssuerMismatchError](err); ok {
		return mismatch
	}
	if failed, ok := errors.AsType[*url.Error](err); ok {
		if failed.Timeout() {
			return errors.New("no answer in time")
		}
		return failed.Err // of the network: "connection refused"
	}
	return errors.New("answer that cannot be used")
}
