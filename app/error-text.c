#include "app/error-text.h"

#include <gio/gio.h>
#include <glib/gi18n.h>

#include "app/engine-service.h"
#include "app/hub-error.h"
#include "app/image-loader.h"
#include "app/speech.h"
#include "engine/b2.h"

static char *
what_happened (QlErrorTask task, const char *name)
{
  switch (task)
    {
    case QL_ERROR_TASK_OPEN_MODEL:
      if (name != NULL)
        return g_strdup_printf (_ ("The model “%s” could not be opened."), name);
      return g_strdup (_ ("The model could not be opened."));
    case QL_ERROR_TASK_ADD_MODEL:
      if (name != NULL)
        return g_strdup_printf (_ ("“%s” was not added to the list."), name);
      return g_strdup (_ ("The folder was not added to the list."));
    case QL_ERROR_TASK_OPEN_PICTURE:
      if (name != NULL)
        return g_strdup_printf (_ ("“%s” could not be opened."), name);
      return g_strdup (_ ("The picture could not be opened."));
    case QL_ERROR_TASK_READ_ALOUD:
      return g_strdup (_ ("The answer could not be read aloud."));
    case QL_ERROR_TASK_DOWNLOAD:
      if (name != NULL)
        return g_strdup_printf (_ ("The download of “%s” stopped."), name);
      return g_strdup (_ ("The download stopped."));
    case QL_ERROR_TASK_ASK:
    default:
      return g_strdup (_ ("The question could not be answered."));
    }
}

static char *
model_advice (const GError *error)
{
  if (g_error_matches (error, QL_MODEL_ERROR, QL_MODEL_ERROR_NO_ROOM))
    return g_strdup_printf (
        "%s %s", error->message,
        _ ("Close other programs, choose a smaller model, or load it anyway: then it may be slow."));
  if (g_error_matches (error, B2_ERROR, B2_ERROR_FORMAT) || g_error_matches (error, B2_ERROR, B2_ERROR_SHAPE))
    return g_strdup (_ ("A file of the model is damaged or incomplete. Copy or download the folder again."));
  if (g_error_matches (error, B2_ERROR, B2_ERROR_UNSUPPORTED)
      || g_error_matches (error, QL_MODEL_ERROR, QL_MODEL_ERROR_WRITES_NONE))
    return g_strdup (_ ("Choose a BLIP-2 folder that writes text, such as blip2-opt-2.7b."));
  if (g_error_matches (error, B2_ERROR, B2_ERROR_NO_MEMORY))
    return g_strdup (_ ("Close other programs or choose a smaller model."));
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_MOUNTED))
    return g_strdup (_ ("Copy the folder to this computer first."));
  return g_strdup (_ ("Check that the folder exists, can be read and holds a BLIP-2 model: config.json, "
                      "the tokenizer's files and .safetensors files."));
}

static const char *
picture_advice (const GError *error)
{
  if (g_error_matches (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_NOT_FOUND))
    return _ ("The file is no longer there. Choose it again.");
  if (g_error_matches (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_DENIED))
    return _ ("You are not allowed to read this file. Change its permissions or choose another.");
  if (g_error_matches (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_FOLDER))
    return _ ("This is a folder. Choose a single picture.");
  if (g_error_matches (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_EMPTY))
    return _ ("The file is empty. Choose another.");
  if (g_error_matches (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_DAMAGED))
    return _ ("The file is damaged or incomplete. Copy it again from where it came.");
  if (g_error_matches (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_TOO_LARGE))
    return _ ("The picture is too large. Make it smaller with a picture editor.");
  if (g_error_matches (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_NO_MEMORY))
    return _ ("There is not enough memory. Close other programs or make the picture smaller.");
  if (g_error_matches (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_CRASHED))
    return _ ("The file is damaged or made to do harm. Choose another.");
  if (g_error_matches (error, QL_IMAGE_ERROR, QL_IMAGE_ERROR_TIMEOUT))
    return _ ("The picture takes too long to decode. Choose a smaller or simpler one.");
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_MOUNTED))
    return _ ("Qlens fetches nothing from the network. Save the picture first, or copy and paste it.");
  return _ ("It is not a picture that can be read here. Try a PNG or JPEG file.");
}

static const char *
ask_advice (const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_NOT_INITIALIZED))
    return _ ("No model is open. Load one in Models.");
  if (g_error_matches (error, B2_ERROR, B2_ERROR_LIMIT))
    return _ ("The question is too long for this model. Shorten it and ask again.");
  if (g_error_matches (error, B2_ERROR, B2_ERROR_NO_MEMORY))
    return _ ("Close other programs and ask again.");
  return _ ("Ask again, or try another picture.");
}

static const char *
speech_advice (const GError *error)
{
  if (g_error_matches (error, QL_SPEECH_ERROR, QL_SPEECH_ERROR_NOT_BUILT))
    return _ ("This build of Qlens cannot read aloud. Use a screen reader, or another build.");
  if (g_error_matches (error, QL_SPEECH_ERROR, QL_SPEECH_ERROR_NOT_INSTALLED))
    return _ ("No speech service is installed. Install speech-dispatcher and a voice, such as espeak-ng.");
  if (g_error_matches (error, QL_SPEECH_ERROR, QL_SPEECH_ERROR_REMOTE))
    return _ ("The speech service is on another computer, and Qlens sends nothing. Set it up on this one.");
  if (g_error_matches (error, QL_SPEECH_ERROR, QL_SPEECH_ERROR_NO_START))
    return _ ("The speech service does not start. Check that “spd-say hello” speaks.");
  return _ ("The speech service stopped. Try again.");
}

static const char *
download_advice (const GError *error)
{
  if (error->domain != QL_HUB_ERROR)
    return _ ("Go on later. What was fetched is kept.");
  switch ((QlHubError) error->code)
    {
    case QL_HUB_ERROR_NOT_BUILT:
      return _ ("This build of Qlens cannot download. Get the folder in another way and add it.");
    case QL_HUB_ERROR_ADDRESS:
    case QL_HUB_ERROR_REDIRECT:
      return _ ("Check the address of the hub in the preferences.");
    case QL_HUB_ERROR_HOST:
    case QL_HUB_ERROR_NETWORK:
      return _ ("Check the network, then go on. What was fetched is kept.");
    case QL_HUB_ERROR_BUSY:
      return _ ("The server is busy or out of order. Go on later. What was fetched is kept.");
    case QL_HUB_ERROR_SECURITY:
      return _ ("The server did not prove that it is the right one, so nothing was taken from it. Check the "
                "clock, the network, and the address in the preferences.");
    case QL_HUB_ERROR_NOT_FOUND:
      return _ ("The server does not have it. Check the name, and the address in the preferences.");
    case QL_HUB_ERROR_DENIED:
      return _ ("The server gives it only to those who log in, which Qlens does not. Get the folder with a "
                "browser and add it.");
    case QL_HUB_ERROR_LISTING:
      return _ ("This is no model that Qlens reads. Choose another repository.");
    case QL_HUB_ERROR_SIZE:
      return _ ("A file has another size than the hub says. The repository may be changing, so go on later.");
    case QL_HUB_ERROR_HASH:
      return _ ("A file came damaged and was removed. Go on to fetch it again. If it stays so, do not trust "
                "this server.");
    case QL_HUB_ERROR_SPACE:
      return _ ("There is not enough room on the disk. Make room and go on, or choose another folder.");
    case QL_HUB_ERROR_DISK:
      return _ ("The folder cannot be written to. Check its permissions, or choose another folder.");
    case QL_HUB_ERROR_EXISTS:
      return _ ("Something else is in the folder, which is left as it is. See the details, or choose another "
                "folder.");
    case QL_HUB_ERROR_SERVER:
    default:
      return _ ("The server gave an answer of no use. Check the address in the preferences, or go on later.");
    }
}

QlErrorText *
ql_error_text_new (QlErrorTask task, const char *name, const GError *error)
{
  QlErrorText *self = g_new0 (QlErrorText, 1);

  if (name != NULL && g_error_matches (error, QL_MODEL_ERROR, QL_MODEL_ERROR_NO_ROOM))
    self->what = g_strdup_printf (_ ("The model “%s” was not loaded."), name);
  else
    self->what = what_happened (task, name);
  if (task == QL_ERROR_TASK_OPEN_MODEL || task == QL_ERROR_TASK_ADD_MODEL)
    self->advice = model_advice (error);
  else if (task == QL_ERROR_TASK_OPEN_PICTURE)
    self->advice = g_strdup (picture_advice (error));
  else if (task == QL_ERROR_TASK_READ_ALOUD)
    self->advice = g_strdup (speech_advice (error));
  else if (task == QL_ERROR_TASK_DOWNLOAD)
    self->advice = g_strdup (download_advice (error));
  else
    self->advice = g_strdup (ask_advice (error));
  self->details = g_strdup (error->message);
  return self;
}

void
ql_error_text_free (QlErrorText *self)
{
  if (self == NULL)
    return;
  g_free (self->what);
  g_free (self->advice);
  g_free (self->details);
  g_free (self);
}
