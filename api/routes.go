package api

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"helhet/internal/fault"
	"helhet/org"

	"github.com/gin-gonic/gin"
)

// guard says who may reach a route at all; what she may see there is the domain's to say.
type guard int

const (
	public   guard = iota // anyone
	signedIn              // somebody who is signed in
	demoOnly              // whoever has the key of a demo, on this very machine
	bringing              // as signedIn, with a file; whose page it came from is for the handler to look at, when it has read the form
)

// handler answers a request, or says why not.
type handler func(*gin.Context, *request) error

// route is one row of the table.
type route struct {
	Method, Path string
	Guard        guard
	Handle       handler
}

// table lists every page and everything a page sends. The JSON API's operations stand in apiRoutes.
func (s *Server) table() []route {
	return []route{
		{http.MethodGet, "/healthz", public, s.healthy},
		{http.MethodGet, "/readyz", public, s.ready},
		{http.MethodGet, "/favicon.svg", public, s.favicon},
		{http.MethodGet, "/privacy", public, s.privacyPage},
		{http.MethodGet, "/accessibility", public, s.accessibilityPage},
		{http.MethodGet, "/glossary", public, s.glossaryPage},
		{http.MethodGet, "/.well-known/security.txt", public, s.securityText},
		{http.MethodPost, "/preferences/language", public, s.setLanguage},
		{http.MethodPost, "/preferences/scheme", public, s.setScheme},
		{http.MethodGet, "/sign-in", public, s.signInPage},
		{http.MethodGet, "/demo/:key", public, s.openDemo}, // with the key alone
		{http.MethodPost, "/sign-in/demo", demoOnly, s.signInDemo},
		{http.MethodGet, "/set-up/:secret", public, s.setUpPage}, // while there is nobody
		{http.MethodPost, "/set-up/:secret", public, s.setUp},
		{http.MethodPost, "/sign-in/email", public, s.beginEmail},
		{http.MethodGet, "/sign-in/code", public, s.codePage},
		{http.MethodPost, "/sign-in/code", public, s.signInByCode},
		{http.MethodGet, "/sign-in/link/:link", public, s.linkPage},
		{http.MethodPost, "/sign-in/link/:link", public, s.signInByLink},
		{http.MethodPost, "/sign-out", public, s.signOut},
		{http.MethodGet, "/invitations/:invitation", public, s.invitationPage}, // its secret is the key
		{http.MethodPost, "/invitations/:invitation", public, s.acceptInvitation},
		{http.MethodGet, "/display/:display", public, s.openDisplay}, // its secret is the key
		{http.MethodGet, "/display", public, s.displayPage},
		{http.MethodGet, displayFollowPath, public, s.followDisplay},
		{http.MethodGet, "/sign-in/access", public, s.accessPage}, // for who signed in at an issuer and is not known here
		{http.MethodPost, "/sign-in/access", public, s.askAccess},
		{http.MethodPost, "/sign-in/:issuer", public, s.beginSignIn},
		{http.MethodGet, "/sign-in/:issuer/callback", public, s.signInCallback},
		{http.MethodGet, "/sign-in/:issuer/front-channel", public, s.frontChannel},

		{http.MethodGet, "/", signedIn, s.homePage},
		{http.MethodGet, "/tasks/:task", signedIn, s.taskPage},
		{http.MethodPut, "/tasks/:task/answers/:question", signedIn, s.saveAnswer},
		{http.MethodPost, "/tasks/:task/answers/:question", signedIn, s.postAnswer},
		{http.MethodPut, "/tasks/:task/organisation", signedIn, s.saveOrganisation},
		{http.MethodPost, "/tasks/:task/organisation", signedIn, s.postOrganisation},
		{http.MethodPost, "/tasks/:task/minute", signedIn, s.countMinute},
		{http.MethodPut, presencePath, signedIn, s.comeToTask},
		{http.MethodDelete, presencePath, signedIn, s.leaveTask},
		{http.MethodPut, "/tasks/:task/reason", signedIn, s.saveReason},
		{http.MethodPost, "/tasks/:task/reason", signedIn, s.postReason},
		{http.MethodPost, "/tasks/:task/confirm", signedIn, s.confirmTask},
		{http.MethodPost, "/tasks/:task/unconfirm", signedIn, s.unconfirmTask},
		{http.MethodPost, "/tasks/:task/share", signedIn, s.shareTask}, // with municipalities it is carried together with
		{http.MethodPost, "/tasks/:task/receive", signedIn, s.receiveTask},
		{http.MethodPost, "/tasks/:task/give-back", signedIn, s.giveBackTask},
		{http.MethodPost, "/carry", signedIn, s.carry}, // last round's answers, for the whole municipality
		{http.MethodPost, "/carry/undo", signedIn, s.undoCarry},
		{http.MethodPost, "/tasks/:task/evidence/links", signedIn, s.addLink},
		{http.MethodPost, "/tasks/:task/evidence/files", bringing, s.addFile},
		{http.MethodGet, "/evidence/:evidence/file", signedIn, s.evidenceFile},
		{http.MethodPost, "/evidence/:evidence/remove", signedIn, s.removeEvidence},
		{http.MethodPost, "/evidence/:evidence/restore", signedIn, s.restoreEvidence},
		{http.MethodPost, "/tasks/:task/ambition", signedIn, s.setAmbition},
		{http.MethodPost, "/tasks/:task/ambition/undo", signedIn, s.undoAmbition},
		{http.MethodPost, "/tasks/:task/assignment", signedIn, s.giveTask},
		{http.MethodPost, "/tasks/:task/finish", signedIn, s.finishTask},
		{http.MethodPost, "/tasks/:task/comments", signedIn, s.addComment},
		{http.MethodPost, "/tasks/:task/comments/:comment", signedIn, s.saveComment},
		{http.MethodPost, "/tasks/:task/comments/:comment/remove", signedIn, s.removeComment},
		{http.MethodPost, "/tasks/:task/comments/:comment/restore", signedIn, s.restoreComment},
		{http.MethodGet, "/assignments", signedIn, s.assignmentsPage},
		{http.MethodPost, "/assignments", signedIn, s.giveTasks},
		{http.MethodPost, "/assignments/undo", signedIn, s.undoGive},
		{http.MethodGet, "/assignments/as-before", signedIn, s.asBeforePage},
		{http.MethodPost, "/assignments/as-before", signedIn, s.giveAsBefore},
		{http.MethodGet, "/tasks/:task/rate", signedIn, s.ratePage},
		{http.MethodPost, "/tasks/:task/rate", signedIn, s.rate},
		{http.MethodPost, "/tasks/:task/ratings/open", signedIn, s.lead(s.openRatings, "consensus")},
		{http.MethodPost, "/tasks/:task/ratings/stop", signedIn, s.lead(s.stopRatings, "")},
		{http.MethodGet, "/tasks/:task/consensus", signedIn, s.consensusPage},
		{http.MethodGet, followPath, signedIn, s.followConsensus},
		{http.MethodPost, "/tasks/:task/consensus/show", signedIn, s.lead(s.showSpread, "consensus")},
		{http.MethodPost, "/tasks/:task/consensus/drive", signedIn, s.lead(s.drive, "consensus")},
		{http.MethodPost, "/tasks/:task/consensus/question", signedIn, s.goTo},
		{http.MethodPost, "/tasks/:task/consensus/settle", signedIn, s.settle},
		{http.MethodPost, "/tasks/:task/consensus/display", signedIn, s.makeDisplay},
		{http.MethodPost, "/tasks/:task/consensus/display/revoke", signedIn, s.revokeDisplay},
		{http.MethodGet, "/plan", signedIn, s.improvementPage},
		{http.MethodGet, "/plan.xlsx", signedIn, s.improvementFile},
		{http.MethodGet, "/steps/new", signedIn, s.newStepPage},
		{http.MethodPost, "/steps", signedIn, s.addStep},
		{http.MethodGet, "/steps/:step", signedIn, s.stepPage},
		{http.MethodPost, "/steps/:step", signedIn, s.saveStep},
		{http.MethodPost, "/steps/:step/status", signedIn, s.setStepStatus},
		{http.MethodPost, "/steps/:step/undo", signedIn, s.undoStep},
		{http.MethodPost, "/steps/:step/remove", signedIn, s.removeStep},
		{http.MethodPost, "/steps/:step/restore", signedIn, s.restoreStep},
		{http.MethodGet, "/form", signedIn, s.formPage},
		{http.MethodGet, "/form.xlsx", signedIn, s.formFile},
		{http.MethodPost, "/form", signedIn, s.uploadForm}, // saves nothing
		{http.MethodPost, "/form/save", signedIn, s.saveForm},
		{http.MethodPost, "/form/undo", signedIn, s.undoForm},
		{http.MethodGet, "/hand-in", signedIn, s.handInPage},
		{http.MethodPost, "/hand-in", signedIn, s.handIn},
		{http.MethodPost, "/hand-in/take-back", signedIn, s.takeBack},
		{http.MethodPost, "/hand-in/approve", signedIn, s.approve},
		{http.MethodPost, "/hand-in/return", signedIn, s.returnAssessment},

		{http.MethodGet, "/calibration", signedIn, s.calibrationPage},
		{http.MethodGet, "/calibration/:case", signedIn, s.casePage},
		{http.MethodPost, "/calibration/:case", signedIn, s.compareCase}, // stores nothing

		{http.MethodGet, "/region", signedIn, s.ownRegion},
		{http.MethodGet, "/regions", signedIn, s.regionsPage},
		{http.MethodGet, "/regions/:region", signedIn, s.heatMapPage},
		{http.MethodGet, "/regions/:region/radar", signedIn, s.radarPage},
		{http.MethodGet, "/regions/:region/trend", signedIn, s.trendPage},
		{http.MethodGet, "/regions/:region/questions", signedIn, s.separationPage},
		{http.MethodGet, "/questions", signedIn, s.separationEverywhere},
		{http.MethodGet, "/regions/:region/charts/:chart", signedIn, s.chartFile}, // heat-map.png, radar.svg, trend.csv

		{http.MethodGet, "/hand-in/versions/:version", signedIn, s.versionPage},
		{http.MethodGet, "/catalogues", signedIn, s.cataloguesPage},
		{http.MethodGet, "/catalogues/:catalogue/changes", signedIn, s.changesPage},
		{http.MethodGet, "/rounds", signedIn, s.roundsPage},
		{http.MethodGet, "/rounds/new", signedIn, s.planPage},
		{http.MethodPost, "/rounds/new", signedIn, s.plan},
		{http.MethodGet, "/rounds/:round", signedIn, s.roundPage},
		{http.MethodGet, "/rounds/:round/cards", signedIn, s.cardsPage},
		{http.MethodGet, "/rounds/:round/handed-in/:municipality", signedIn, s.submissionPage},
		{http.MethodGet, "/rounds/:round/scope", signedIn, s.rescopePage},
		{http.MethodPost, "/rounds/:round/scope", signedIn, s.rescope},
		{http.MethodPost, "/rounds/:round/open", signedIn, s.openRound},
		{http.MethodPost, "/rounds/:round/close", signedIn, s.closeRound},
		{http.MethodPost, "/rounds/:round/cancel", signedIn, s.cancelRound},
		{http.MethodPost, "/rounds/:round/send-back", signedIn, s.sendBack},
		{http.MethodPost, "/rounds/:round/publish", signedIn, s.publishRound},
		{http.MethodPost, "/rounds/:round/erratum", signedIn, s.erratum},

		{http.MethodGet, "/benefits", signedIn, s.benefitsPage},
		{http.MethodGet, "/benefits/indicators", signedIn, s.indicatorsPage},
		{http.MethodGet, "/benefits/indicators/:indicator", signedIn, s.ownIndicatorPage}, // new, or one that is there
		{http.MethodPost, "/benefits/indicators/:indicator", signedIn, s.saveIndicator},
		{http.MethodPost, "/benefits/indicators/:indicator/undo", signedIn, s.undoIndicator},
		{http.MethodGet, "/benefits/totals", signedIn, s.totalsPage},
		{http.MethodGet, reportsPath, signedIn, s.reportsPage},
		{http.MethodGet, reportsPath + "/:report", signedIn, s.reportPage},         // a page, or a file
		{http.MethodGet, "/benefits/totals/charts/:chart", signedIn, s.totalsFile}, // region.png, country.csv
		{http.MethodGet, "/benefits/portfolio", signedIn, s.portfolioPage},
		{http.MethodGet, "/benefits/portfolio/charts/:chart", signedIn, s.portfolioFile}, // types.png, development.csv
		{http.MethodGet, "/benefits/maturity", signedIn, s.maturityPage},
		{http.MethodGet, "/benefits/maturity/charts/:chart", signedIn, s.maturityFile}, // course.png, pairs.csv
		{http.MethodGet, "/benefits/assumptions", signedIn, s.assumptionsPage},
		{http.MethodGet, "/benefits/assumptions/:assumption", signedIn, s.assumptionPage},
		{http.MethodPost, "/benefits/assumptions/:assumption", signedIn, s.saveAssumption},
		{http.MethodPost, "/benefits/assumptions/:assumption/undo", signedIn, s.undoAssumption},
		{http.MethodGet, batchPath, signedIn, s.batchPage},
		{http.MethodGet, batchPath + ".xlsx", signedIn, s.batchFile},
		{http.MethodGet, batchPath + ".csv", signedIn, s.batchFile},
		{http.MethodPost, batchPath, signedIn, s.bring}, // saves nothing
		{http.MethodPost, batchPath + "/save", signedIn, s.saveBrought},
		{http.MethodPost, batchPath + "/undo", signedIn, s.undoBrought},
		{http.MethodGet, "/benefits/export/:file", signedIn, s.recordFile}, // benefits.xlsx, benefits.csv, measurements.csv, benefits.json
		{http.MethodGet, "/benefits/maps", signedIn, s.benefitMapsPage},
		{http.MethodGet, "/benefits/maps/:map", signedIn, s.benefitMapPage}, // new, or one that is there
		{http.MethodPost, "/benefits/maps/:map", signedIn, s.saveMap},
		{http.MethodGet, "/benefits/maps/:map/:file", signedIn, s.mapFile}, // map.png, map.svg, map.csv, map.txt
		{http.MethodPost, "/benefits/maps/:map/revert", signedIn, s.revertMap()},
		{http.MethodPost, "/benefits/maps/:map/remove", signedIn, s.removeMap()},
		{http.MethodPost, "/benefits/maps/:map/restore", signedIn, s.restoreMap()},
		{http.MethodGet, "/benefits/new", signedIn, s.newBenefitPage},
		{http.MethodPost, "/benefits/new", signedIn, s.addBenefit},
		{http.MethodGet, "/benefits/effects/new", signedIn, s.newEffectPage},
		{http.MethodPost, "/benefits/effects/new", signedIn, s.addBenefit},
		{http.MethodGet, "/benefits/:benefit", signedIn, s.benefitPage},
		{http.MethodGet, "/benefits/:benefit/charts/:chart", signedIn, s.benefitFile}, // course.png
		{http.MethodPost, "/benefits/:benefit", signedIn, s.saveBenefit},
		{http.MethodPost, "/benefits/:benefit/owner", signedIn, s.giveBenefit},
		{http.MethodPost, "/benefits/:benefit/indicator", signedIn, s.adoptIndicator},
		{http.MethodPost, "/benefits/:benefit/whole", signedIn, s.joinBenefit},
		{http.MethodPost, "/benefits/:benefit/different", signedIn, s.differBenefit},
		{http.MethodPost, "/benefits/:benefit/explanation", signedIn, s.explainBenefit},
		{http.MethodPost, "/benefits/:benefit/explanation/undo", signedIn, s.undoExplanation},
		{http.MethodPost, "/benefits/:benefit/remove", signedIn, s.removeBenefit},
		{http.MethodPost, "/benefits/:benefit/restore", signedIn, s.restoreBenefit},
		{http.MethodGet, "/benefits/:benefit/measurements/:measurement", signedIn, s.measurementPage},
		{http.MethodPost, "/benefits/:benefit/measurements/:measurement", bringing, s.saveMeasurement},
		{http.MethodPost, "/benefits/:benefit/measurements/:measurement/evidence/files", bringing, s.showFile},
		{http.MethodGet, "/benefits/:benefit/measurements/:measurement/evidence/:evidence/file", signedIn, s.measurementFile},
		{http.MethodPost, "/benefits/:benefit/measurements/:measurement/evidence/:evidence/remove", signedIn, s.removeMeasurementFile},
		{http.MethodPost, "/benefits/:benefit/measurements/:measurement/evidence/:evidence/restore", signedIn, s.restoreMeasurementFile},
		{http.MethodPost, "/benefits/:benefit/measurements/:measurement/undo", signedIn, s.undoMeasurement},

		{http.MethodGet, "/audit", signedIn, s.auditPage},
		{http.MethodGet, "/audit.csv", signedIn, s.auditFile},
		{http.MethodGet, "/account", signedIn, s.accountPage},
		{http.MethodGet, "/account/data", signedIn, s.myDataPage},
		{http.MethodPost, "/account/data", signedIn, s.correctMe},
		{http.MethodPost, "/account/address", signedIn, s.askAddress},
		{http.MethodGet, "/account/address/:link", signedIn, s.newAddressPage},
		{http.MethodPost, "/account/address/:link", signedIn, s.takeAddress},
		{http.MethodGet, "/account/data.json", signedIn, s.myDataFile},
		{http.MethodGet, "/account/delete", signedIn, s.deleteMePage},
		{http.MethodPost, "/account/delete", signedIn, s.deleteMe},
		{http.MethodGet, sessionPath, signedIn, s.session},
		{http.MethodPost, sessionPath, signedIn, s.session},
		{http.MethodPost, "/account/tokens", signedIn, s.makeToken},
		{http.MethodPost, "/account/tokens/:token/revoke", signedIn, s.revokeToken},
		{http.MethodPost, "/account/sessions/end-others", signedIn, s.endOtherSessions},
		{http.MethodPost, "/account/sessions/:session/end", signedIn, s.endSession},

		{http.MethodGet, "/municipality", signedIn, s.municipalityPage},
		{http.MethodPost, "/municipality/consent", signedIn, s.setConsent},
		{http.MethodPost, "/municipality/approval", signedIn, s.setApproval},
		{http.MethodGet, "/municipality/export", signedIn, s.exportFile},
		{http.MethodPost, "/municipality/leave", signedIn, s.leave},
		{http.MethodPost, "/municipality/stay", signedIn, s.stay},

		{http.MethodGet, "/people", signedIn, s.peoplePage},
		{http.MethodPost, "/people", signedIn, s.invite},
		{http.MethodPost, "/people/email-sign-in", signedIn, s.setEmailSignIn},
		{http.MethodGet, "/people/:person", signedIn, s.personPage},
		{http.MethodPost, "/people/:person/role", signedIn, s.changeRole},
		{http.MethodPost, "/people/:person/deactivate", signedIn, s.deactivate},
		{http.MethodPost, "/people/:person/reactivate", signedIn, s.reactivate},
		{http.MethodPost, "/people/:person/hand-over", signedIn, s.handOver},
		{http.MethodGet, "/access-requests/:request", signedIn, s.requestPage},
		{http.MethodPost, "/access-requests/:request/grant", signedIn, s.grantAccess},
		{http.MethodPost, "/access-requests/:request/decline", signedIn, s.declineAccess},
		{http.MethodPost, "/access-requests/:request/reopen", signedIn, s.reopenAccess},
		{http.MethodPost, "/people/:person/delete", signedIn, s.deletePerson},
		{http.MethodPost, "/invitations/:invitation/again", signedIn, s.inviteAgain}, // by its id
		{http.MethodPost, "/invitations/:invitation/revoke", signedIn, s.revokeInvitation},
		{http.MethodPost, "/preferences/municipality", signedIn, s.chooseMunicipality},

		{http.MethodGet, "/runs", signedIn, s.runsPage},
		{http.MethodPost, "/runs/:job", signedIn, s.startRun},
	}
}

// routes builds Gin's engine from the table.
func (s *Server) routes() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.HandleMethodNotAllowed = true
	e.UseRawPath, e.UnescapePathValues = true, true
	if err := e.SetTrustedProxies(nil); err != nil { // nil can't be wrong
		panic(err)
	}
	e.Use(s.recovered, s.measured, s.identify)
	for _, r := range s.table() {
		e.Handle(r.Method, r.Path, s.guarded(r))
		if r.Method == http.MethodGet { // net/http leaves the body out
			e.HEAD(r.Path, s.guarded(r))
		}
	}
	e.GET("/assets/*name", s.assets.Serve)
	e.HEAD("/assets/*name", s.assets.Serve)
	s.apiRoutes(e)
	e.NoRoute(func(c *gin.Context) { s.fail(c, fault.New(fault.NotFound, "api", "error.page.unknown")) })
	e.NoMethod(func(c *gin.Context) { s.fail(c, fault.New(fault.Method, "api", "error.method")) })
	return e
}

func (s *Server) guarded(r route) gin.HandlerFunc {
	return func(c *gin.Context) {
		req := requestOf(c.Request.Context())
		if r.Guard == demoOnly && !s.demoAllowed(c.Request) {
			s.fail(c, fault.New(fault.NotFound, "api", "error.page.unknown"))
			return
		}
		if (r.Guard == signedIn || r.Guard == bringing) && !req.signedIn() {
			s.fail(c, fault.New(fault.Unauthenticated, "api", "error.unauthenticated"))
			return
		}
		if r.Guard == signedIn && !safe(r.Method) {
			if err := ownPage(c, req); err != nil {
				s.fail(c, err)
				return
			}
		}
		if err := r.Handle(c, req); err != nil {
			s.fail(c, err)
		}
	}
}

const (
	maxBody        = 1 << 20 // bytes of a request: the largest document
	requestTimeout = 20 * time.Second
)

// contentPolicy is what a browser may load, where a page's forms may lead, and who may frame it. Only sign-in widens either.
func contentPolicy(formAction, framers string) string {
	return "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action " + formAction + "; frame-ancestors " + framers
}

// protected puts the rules that hold for every answer around the routes: what a browser may load, frame and send.
func (s *Server) protected() http.Handler {
	crossOrigin := http.NewCrossOriginProtection()
	crossOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		trace := rand.Text()[:12]
		s.Log.Info("refused", slog.String("request", trace), slog.String("method", r.Method), slog.String("code", string(fault.Forbidden)), slog.String("key", "error.cross-origin"))
		if wantsJSON(r) {
			text := s.Texts.For(s.language(r, org.Person{}))
			writeProblem(w, problemOf(text, trace, fault.New(fault.Forbidden, "api", "error.cross-origin")))
			return
		}
		http.Error(w, "cross-origin request refused", http.StatusForbidden)
	}))
	inner := crossOrigin.Handler(s.engine)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy("'self'", "'none'"))
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if s.secure() {
			h.Set("Strict-Transport-Security", "max-age=63072000") // two years; neighbours under the same domain are not ours to bind
			if safe(r.Method) && clientOf(s.TrustedProxies, r.RemoteAddr, r.Header).Scheme == "http" && strings.HasPrefix(r.URL.RequestURI(), "/") {
				http.Redirect(w, r, s.PublicURL+r.URL.RequestURI(), http.StatusPermanentRedirect)
				return
			}
		}
		if !isStatic(r.URL.Path) {
			h.Set("Cache-Control", "no-store")
		}
		limit := int64(maxBody)
		if isUpload(r) {
			limit = maxUpload
		}
		r.Body = http.MaxBytesReader(w, r.Body, limit)
		inner.ServeHTTP(w, r)
	})
}
